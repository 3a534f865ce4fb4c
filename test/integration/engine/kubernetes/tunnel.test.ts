// A database behind a port-forward: pg over the tunnel, and what is said where there is none.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:tls";
import { connectWhenReady, withConnection } from "../../../../engine/drivers/postgres/connect.ts";
import { parseUrl, type DatabaseTarget } from "../../../../engine/drivers/postgres/target.ts";
import { silent } from "../../../../engine/events.ts";
import { openTunnel, TunnelRefused } from "../../../../engine/kubernetes/tunnel.ts";
import { serverUrl } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { freePort } from "../../../support/freePort.ts";
import { FakeForward } from "./fakeForward.ts";

const NAMED = { applicationName: "lockstep:test" };

describe("openTunnel", () => {
  let forward: FakeForward;
  let url: string;
  beforeEach(async () => {
    forward = await FakeForward.start();
    url = await serverUrl();
    forward.targetPort = Number(new URL(url).port);
  });
  afterEach(async () => forward.stop());

  /** The server's database by a name that nothing but the tunnel leads to. */
  const behindTunnel = (): DatabaseTarget => {
    const hidden = Object.assign(new URL(url), { hostname: "db.shop.svc", port: "5432" });
    return { ...parseUrl(hidden.href, "test"), dial: () => openTunnel(forward.url, {}) };
  };

  it("carries a session, also answers larger than all buffers", async () => {
    const size = 8_000_000;
    const found = await withConnection(behindTunnel(), NAMED, (client) =>
      client.query<{ text: string }>("select repeat('x', $1::int) as text", [size]),
    );
    assert.equal(found.rows[0]?.text.length, size);
  });

  it("gives the session the error of a cut connection when the tunnel is cut", async () => {
    await withConnection(behindTunnel(), NAMED, async (client) => {
      const query = client.query("select pg_sleep(60)");
      forward.cut();
      await assert.rejects(query, /Connection terminated|ECONNRESET|WebSocket/);
    });
  });

  it("waits for a server that is not there yet as on a direct connection", async () => {
    forward.targetPort = await freePort();
    const error = await failureOf(
      connectWhenReady(behindTunnel(), { ...NAMED, attempts: 2, intervalMs: 1, report: silent }),
    );
    assert.equal(error.code, "CONNECTION");
    assert.match(error.message, /refuses connections/);
    assert.equal(forward.asked.length, 2);
  });

  it("says what the API server said where it opens no tunnel", async () => {
    forward.refusal = { status: 403, body: '{"kind":"Status","message":"pods is forbidden"}' };
    await assert.rejects(openTunnel(forward.url, {}), (error) => {
      assert.ok(error instanceof TunnelRefused);
      assert.deepEqual([error.status, error.message], [403, "pods is forbidden"]);
      return true;
    });
  });

  it("fails with the socket's own code where no API server answers", async () => {
    const port = await freePort();
    await assert.rejects(openTunnel(`ws://127.0.0.1:${String(port)}`, {}), {
      code: "ECONNREFUSED",
    });
  });

  it("asks for TLS by the URL's host", async () => {
    // No certificate is needed to see whom the client asks for.
    const server = createServer({
      SNICallback: (name, answer) => {
        named.push(name);
        answer(new Error("enough"));
      },
    });
    const named: string[] = [];
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    forward.targetPort = typeof address === "object" ? (address?.port ?? 0) : 0;
    const target = behindTunnel();
    const direct = new URL(target.url);
    direct.searchParams.set("sslmode", "verify-full");
    direct.searchParams.set("sslnegotiation", "direct");
    await failureOf(
      connectWhenReady(
        { ...target, url: direct.href },
        { ...NAMED, attempts: 1, intervalMs: 1, report: silent },
      ),
    );
    server.close();
    assert.deepEqual(named, ["db.shop.svc"]);
  });
});
