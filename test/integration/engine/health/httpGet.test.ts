// One GET against servers that refuse, hang, cut and babble.
import assert from "node:assert/strict";
import dns from "node:dns";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net";
import { httpGet } from "../../../../engine/health/httpGet.ts";

const BOUNDS = { timeoutMs: 5000, maxBytes: 1000 };

describe("httpGet", () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  async function listen(server: Server): Promise<string> {
    servers.push(server);
    server.on("connection", (socket: Socket) => sockets.add(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  const serve = (listener: RequestListener) => listen(createHttpServer(listener));

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await Promise.all(
      servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
    );
  });

  it("gives status, headers and body", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(503, { "x-lockstep-release": "1.1" }).end("späť");
    });
    const result = await httpGet(url, BOUNDS);
    assert.ok(result.ok);
    assert.deepEqual([result.status, result.body], [503, "späť"]);
    assert.equal(result.headers["x-lockstep-release"], "1.1");
  });

  it("uses each connection once", async () => {
    const url = await serve((_request, response) => response.end());
    await httpGet(url, BOUNDS);
    await httpGet(url, BOUNDS);
    assert.equal(sockets.size, 2);
  });

  it("finds a refused connection down", async () => {
    const url = await serve(() => undefined);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    assert.deepEqual(await httpGet(url, BOUNDS), {
      ok: false,
      down: true,
      detail: "connection refused",
    });
  });

  it("finds an app down that cuts the connection, before or within its answer", async () => {
    const cut = { ok: false, down: true, detail: "connection cut before the answer's end" };
    const before = await serve((request) => request.socket.destroy());
    assert.deepEqual(await httpGet(before, BOUNDS), cut);
    const within = await serve((request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => request.socket.destroy());
    });
    assert.deepEqual(await httpGet(within, BOUNDS), cut);
  });

  it("finds an app down that never answers, or never ends its answer", async () => {
    const slow = { ok: false, down: true, detail: "no answer within 0.1 s", timedOut: true };
    const bounds = { ...BOUNDS, timeoutMs: 100 };
    assert.deepEqual(await httpGet(await serve(() => undefined), bounds), slow);
    const endless = await serve((_request, response) => void response.write("x"));
    assert.deepEqual(await httpGet(endless, bounds), slow);
  });

  it("finds something down that does not speak HTTP", async () => {
    const url = await listen(createTcpServer((socket) => socket.end("SSH-2.0-OpenSSH\r\n\r\n")));
    const result = await httpGet(url, BOUNDS);
    assert.ok(!result.ok && result.down, JSON.stringify(result));
  });

  it("gives up on too long a body, which does not make the app down", async () => {
    const url = await serve((_request, response) => response.end("x".repeat(5000)));
    assert.deepEqual(await httpGet(url, BOUNDS), {
      ok: false,
      down: false,
      detail: "the answer is longer than 1000 bytes",
    });
  });

  it("does not blame the app for a name that can't be resolved", async () => {
    const result = await httpGet("http://app.invalid/health", BOUNDS);
    assert.ok(!result.ok && !result.down, JSON.stringify(result));
  });

  it("does not blame the app for a resolver that hangs, but does when the name was found", async () => {
    const url = new URL(await serve(() => undefined));
    url.hostname = "localhost";
    const bounds = { ...BOUNDS, timeoutMs: 100 };
    const slow = await httpGet(url.href, bounds);
    assert.deepEqual(slow, {
      ok: false,
      down: true,
      detail: "no answer within 0.1 s",
      timedOut: true,
    });
    const { lookup } = dns;
    dns.lookup = (() => undefined) as unknown as typeof lookup;
    try {
      const lost = await httpGet(url.href, bounds);
      assert.deepEqual(lost, {
        ok: false,
        down: false,
        detail: "its name was not resolved within 0.1 s",
        timedOut: true,
      });
    } finally {
      dns.lookup = lookup;
    }
  });

  it("ends when its signal aborts, without blaming the app", async () => {
    const interrupt = new AbortController();
    const url = await serve(() => {
      interrupt.abort();
    });
    const result = await httpGet(url, { ...BOUNDS, signal: interrupt.signal });
    assert.ok(!result.ok && !result.down, JSON.stringify(result));
  });
});
