// The relay between a pod's loopback and a database.
import assert from "node:assert/strict";
import { connect, withConnection } from "../../../../engine/drivers/postgres/connect.ts";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { runRelay } from "../../../../engine/relay/relay.ts";
import { serverUrl } from "../../../support/database.ts";

const NAMED = { applicationName: "lockstep:test" };

describe("runRelay", () => {
  /** A relay to the tests' server, the URL that leads there, and its end. */
  async function start(idleMs: number, signal = new AbortController().signal) {
    const url = new URL(await serverUrl());
    let ended: Promise<void> = Promise.resolve();
    const listening = new Promise<number>((onListening) => {
      const target = { host: url.hostname, port: Number(url.port) };
      ended = runRelay({ ...target, listenPort: 0, idleMs, signal, onListening });
    });
    url.port = String(await listening);
    return { target: parseUrl(url.href, "test"), ended };
  }

  it("carries sessions, and ends when nobody needs it any more", async () => {
    const { target, ended } = await start(200);
    const answers = await Promise.all(
      [1, 2].map((n) =>
        withConnection(target, NAMED, (client) => client.query(`select ${n} as n`)),
      ),
    );
    assert.deepEqual(
      answers.map(({ rows }) => rows as unknown),
      [[{ n: 1 }], [{ n: 2 }]],
    );
    await ended;
    await assert.rejects(connect(target, NAMED), { code: "CONNECTION" });
  });

  it("stays while a session is open, and ends with its signal", async () => {
    const end = new AbortController();
    const { target, ended } = await start(20, end.signal);
    await withConnection(target, NAMED, async (client) => {
      await client.query("select pg_sleep(0.2)");
      const query = client.query("select pg_sleep(60)");
      end.abort();
      await assert.rejects(query);
    });
    await ended;
  });
});
