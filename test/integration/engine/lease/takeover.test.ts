// A silent holder is taken over, and what it left open in the server can no longer come after.
import assert from "node:assert/strict";
import pg, { type Client } from "pg";
import type { Lease } from "../../../../engine/lease/lease.ts";
import { runnerName } from "../../../../engine/lease/leftovers.ts";
import { lastEvent } from "../../../../engine/ledger/record.ts";
import { ensureLedger } from "../../../../engine/ledger/schema.ts";
import { queryAll, serverUrl, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import {
  countSessions,
  cutHeartbeat,
  holding,
  leaseRow,
  leaveHeld,
  withOpenTransaction,
} from "./runners.ts";

const notes = (url: string) => queryAll<{ said: string }>(url, "select said from note");

describe("the lease's takeover", () => {
  const database = useDatabase();
  beforeEach(() => withClient(database.url, ensureLedger));

  it("takes over from a holder whose heartbeat stands still, and records it", async () => {
    const old = await leaveHeld(database.url);
    await holding(database.url, async ({ token }) => {
      assert.ok(token > BigInt(old));
      const stale = queryAll(database.url, "select lockstep.assert_lease($1)", [old]);
      await assert.rejects(stale, { code: "LS001" });
    });
    const event = await withClient(database.url, (client) => lastEvent(client, ["takeover"]));
    assert.deepEqual(event?.data, { from: "ghost@gone, process 1", ended: 0 });
  });

  it("records no takeover where the lease was free", async () => {
    await holding(database.url, () => Promise.resolve());
    const event = await withClient(database.url, (client) => lastEvent(client, ["takeover"]));
    assert.equal(event, undefined);
  });

  it("ends the old holder's open transaction, which is rolled back, and counts it", async () => {
    const old = await leaveHeld(database.url);
    await withOpenTransaction(database.url, old, async (zombie) => {
      await holding(database.url, () => assert.rejects(zombie.query("commit")));
    });
    assert.deepEqual(await notes(database.url), []);
    const event = await withClient(database.url, (client) => lastEvent(client, ["takeover"]));
    assert.deepEqual(event?.data, { from: "ghost@gone, process 1", ended: 1 });
  });

  it("waits for the old holder's open transaction, and lets its commit stand", async () => {
    const old = await leaveHeld(database.url);
    await withOpenTransaction(database.url, old, async (slow) => {
      const taken = holding(database.url, ({ token }) => Promise.resolve(token), { ttlMs: 15_000 });
      await eventually(
        "the takeover waits",
        async () =>
          (await countSessions(database.url, "lockstep:lease", "wait_event_type = 'Lock'")) === 1,
      );
      await slow.query("commit");
      assert.ok((await taken) > BigInt(old));
      await assert.rejects(slow.query("select lockstep.assert_lease($1)", [old]), {
        code: "LS001",
      });
    });
    assert.equal((await notes(database.url)).length, 1);
  });

  it("ends what still runs under the token of a killed runner, also where the lease is free", async () => {
    await withClient(database.url, async (orphan) => {
      const token = await holding(database.url, (lease) => Promise.resolve(lease.token));
      await orphan.query(`set application_name = '${runnerName(token)}'`);
      const running = assert.rejects(orphan.query("select pg_sleep(600)"), { code: "57P01" });
      await eventually(
        "the orphan runs",
        async () =>
          (await countSessions(database.url, runnerName(token), "state = 'active'")) === 1,
      );
      const warnings: string[] = [];
      await holding(database.url, () => Promise.resolve(), {
        report: (level, message) => level === "warn" && warnings.push(message),
      });
      await running;
      assert.match(warnings.join("\n"), /ended session \d+, left behind .*: select pg_sleep/);
    });
  });

  it("adopts it where that is asked for: waits for it, says so, and ends nothing", async () => {
    const old = await leaveHeld(database.url);
    await withOpenTransaction(database.url, old, async (orphan) => {
      const release = await keepBusy(database.url, orphan);
      const heard: string[] = [];
      const taken = holding(database.url, ({ token }) => Promise.resolve(token), {
        leftovers: "adopt",
        report: (_level, message) => heard.push(message),
      });
      await eventually("it is waited for", () =>
        heard.some((line) => /waiting for session \d+, .*: select pg_advisory_lock/.test(line)),
      );
      await release();
      await orphan.query("commit");
      assert.ok((await taken) > BigInt(old));
      assert.doesNotMatch(heard.join("\n"), /ended session/);
    });
    assert.equal((await notes(database.url)).length, 1);
  });

  it("leaves sessions alone that bear a similar name, or work in another database", async () => {
    const server = await serverUrl();
    await withClient(database.url, (similar) =>
      withClient(server, async (elsewhere) => {
        await similar.query("set application_name = 'lockstep:gate'");
        await elsewhere.query("set application_name = 'lockstep:0'");
        await holding(database.url, () => Promise.resolve());
        await similar.query("select 1");
        await elsewhere.query("select 1");
      }),
    );
  });
});

describe("a lease's renewal", () => {
  const database = useDatabase();
  beforeEach(() => withClient(database.url, ensureLedger));

  it("gives a higher token, under which the old one is worth nothing", async () => {
    await holding(database.url, async (lease) => {
      const old = lease.token;
      const token = await lease.renew();
      assert.ok(token > old);
      assert.equal(lease.token, token);
      await queryAll(database.url, "select lockstep.assert_lease($1)", [token.toString()]);
      const stale = queryAll(database.url, "select lockstep.assert_lease($1)", [old.toString()]);
      await assert.rejects(stale, { code: "LS001" });
    });
  });

  it("ends what is only idle in its transaction under the old token", async () => {
    await holding(database.url, (lease) =>
      withOpenTransaction(database.url, lease.token.toString(), async (cut) => {
        await lease.renew();
        await assert.rejects(cut.query("commit"));
      }),
    );
    assert.deepEqual(await notes(database.url), []);
  });

  it("lets a statement end that runs behind the cut", async () => {
    const heard: string[] = [];
    const report = (_level: string, message: string) => heard.push(message);
    const body = async (lease: Lease, cut: Client) => {
      const name = runnerName(lease.token);
      await cut.query(`set application_name = '${name}'`);
      const release = await keepBusy(database.url, cut);
      await eventually(
        "it runs",
        async () => (await countSessions(database.url, name, "state = 'active'")) === 1,
      );
      const renewed = lease.renew();
      await eventually("the renewal waits", () =>
        heard.some((line) => /waiting for session \d+, .*: select pg_advisory_lock/.test(line)),
      );
      await release();
      await cut.end();
      await renewed;
    };
    await withClient(database.url, (cut) =>
      holding(database.url, (lease) => body(lease, cut), { report }),
    );
  });

  it("says so when the lease is no longer its own", async () => {
    await holding(database.url, async (lease) => {
      await leaveHeld(database.url);
      assert.equal((await failureOf(lease.renew())).code, "LEASE_LOST");
      assert.equal(lease.lost.aborted, true);
    });
  });

  it("is not taken for a loss by a beat that waited behind it", async () => {
    const queued =
      "wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '0.7 s'";
    const body = async (lease: Lease) => {
      await withOpenTransaction(database.url, lease.token.toString(), async (busy) => {
        const release = await keepBusy(database.url, busy);
        const renewed = lease.renew();
        await eventually(
          "it waits, and a beat behind it",
          async () => (await countSessions(database.url, "lockstep:lease", queued)) === 1,
        );
        await release();
        await busy.query("commit");
        await renewed;
      });
      const before = BigInt((await leaseRow(database.url))?.beat ?? 0);
      await eventually(
        "two more beats, or the loss",
        async () =>
          lease.lost.aborted || BigInt((await leaseRow(database.url))?.beat ?? 0) > before + 1n,
      );
      assert.equal(lease.lost.aborted, false);
    };
    await holding(database.url, body, { ttlMs: 3_000 });
  });

  it("gets through a cut while it waits, and leaves one session, not two", async () => {
    const queued =
      "wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '0.7 s'";
    const body = async (lease: Lease) => {
      await withOpenTransaction(database.url, lease.token.toString(), async (busy) => {
        const release = await keepBusy(database.url, busy);
        const renewed = lease.renew();
        await eventually(
          "it waits, and a beat behind it",
          async () => (await countSessions(database.url, "lockstep:lease", queued)) === 1,
        );
        await cutHeartbeat(database.url);
        await release();
        await busy.query("commit");
        await renewed;
      });
      assert.equal(await countSessions(database.url, "lockstep:lease"), 1);
    };
    await holding(database.url, body, { ttlMs: 3_000 });
  });
});

/** Keeps `client` in a statement until the function that it returns is called. */
async function keepBusy(url: string, client: Client): Promise<() => Promise<void>> {
  const gate = new pg.Client({ connectionString: url });
  await gate.connect();
  await gate.query("select pg_advisory_lock(1)");
  const running = client.query("select pg_advisory_lock(1)");
  return async () => {
    await gate.query("select pg_advisory_unlock(1)");
    await gate.end();
    await running;
  };
}
