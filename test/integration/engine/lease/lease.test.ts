// One runner at a time: who waits, who is told what, and what a held lease survives.
import assert from "node:assert/strict";
import { exitCodeOf } from "../../../../engine/errors/lockstepError.ts";
import { ensureLedger } from "../../../../engine/ledger/schema.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
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

describe("withLease", () => {
  const database = useDatabase();
  beforeEach(() => withClient(database.url, ensureLedger));

  it("lets runners in one after the other, each under a higher token", async () => {
    let inside = 0;
    const tokens: bigint[] = [];
    const run = () =>
      holding(database.url, async ({ token }) => {
        inside += 1;
        assert.equal(inside, 1);
        await queryAll(database.url, "select lockstep.assert_lease($1)", [token.toString()]);
        tokens.push(token);
        inside -= 1;
      });
    await Promise.all([run(), run(), run(), run()]);
    assert.equal(tokens.length, 4);
    assert.deepEqual(
      tokens.map((token, i) => i === 0 || token > (tokens[i - 1] ?? 0n)),
      [true, true, true, true],
    );
  });

  it("tells who waited in vain who holds it and what for", async () => {
    const error = await holding(
      database.url,
      () => failureOf(holding(database.url, () => Promise.resolve(), { waitMs: 0 })),
      { doing: "migrate --stage expand" },
    );
    assert.equal(error.code, "LEASE_NOT_OBTAINED");
    assert.equal(exitCodeOf(error), 4);
    assert.match(error.seen ?? "", new RegExp(`process ${String(process.pid)}`));
    assert.match(error.seen ?? "", /migrate --stage expand/);
  });

  it("ends the wait when it is interrupted", async () => {
    const stop = new AbortController();
    const error = await holding(database.url, () =>
      failureOf(
        holding(database.url, () => Promise.resolve(), {
          signal: stop.signal,
          report: (_level, message) => {
            assert.match(message, /waiting for the lease: .* holds it \(a test\)/);
            stop.abort();
          },
        }),
      ),
    );
    assert.equal(error.code, "INTERRUPTED");
    assert.equal(exitCodeOf(error), 130);
  });

  it("gives it back, also when the work fails, and leaves no session", async () => {
    await assert.rejects(
      holding(database.url, () => Promise.reject(new Error("the work failed"))),
      /the work failed/,
    );
    assert.equal((await leaseRow(database.url))?.held, false);
    await eventually(
      "no session is left",
      async () => (await countSessions(database.url, "lockstep:lease")) === 0,
    );
  });

  it("beats while a transaction of its holder is open", async () => {
    await holding(database.url, ({ token }) =>
      withOpenTransaction(database.url, token.toString(), async (client) => {
        const before = BigInt((await leaseRow(database.url))?.beat ?? 0);
        await eventually(
          "three more beats",
          async () => BigInt((await leaseRow(database.url))?.beat ?? 0) > before + 2n,
        );
        await client.query("commit");
      }),
    );
  });

  it("lets no beats queue up where the row is locked for long", async () => {
    await withClient(database.url, async (locker) => {
      const beats = new Set<string>();
      const note = async () => {
        const waiting = await queryAll<{ at: string }>(
          database.url,
          `select query_start::text as at from pg_stat_activity where datname = current_database()
             and application_name = 'lockstep:lease' and wait_event_type = 'Lock' and query like '%beat + 1%'`,
        );
        for (const { at } of waiting) beats.add(at);
        return beats.size;
      };
      let isOver = false;
      const held = holding(database.url, async () => {
        await locker.query("begin; select from lockstep.lease for update");
        await eventually("six beats run into their limit", async () => (await note()) > 6);
        beats.clear();
      }).then(() => (isOver = true));
      await eventually("it is over", async () => {
        await note();
        return isOver;
      });
      await held;
      assert.ok(beats.size <= 2, `${String(beats.size)} beats were left`);
      await locker.query("rollback");
    });
  });

  it("goes on beating, and is given back, after its connection was cut", async () => {
    await holding(database.url, async ({ lost }) => {
      await cutHeartbeat(database.url);
      const before = BigInt((await leaseRow(database.url))?.beat ?? 0);
      await eventually(
        "two more beats",
        async () => BigInt((await leaseRow(database.url))?.beat ?? 0) > before + 1n,
      );
      assert.equal(lost.aborted, false);
      await cutHeartbeat(database.url);
    });
    assert.equal((await leaseRow(database.url))?.held, false);
  });

  it("waits on after the waiter's connection was cut", async () => {
    await leaveHeld(database.url);
    let isCut: Promise<void> | undefined;
    const held = await holding(database.url, async () => (await leaseRow(database.url))?.held, {
      report: () => {
        isCut ??= cutHeartbeat(database.url);
      },
    });
    await isCut;
    assert.equal(held, true);
  });

  it("is obtained where a restore left the row out", async () => {
    await queryAll(database.url, "delete from lockstep.lease");
    await holding(database.url, async ({ token }) => {
      assert.equal((await leaseRow(database.url))?.token, token.toString());
    });
  });

  it("tells what its holder is at, from the next heartbeat on", async () => {
    await holding(database.url, async (lease) => {
      lease.say("migration 2 of 3: 02_add_name");
      await eventually(
        "the row says so",
        async () =>
          (await leaseRow(database.url))?.doing === "a test: migration 2 of 3: 02_add_name",
      );
    });
    assert.equal((await leaseRow(database.url))?.doing, "");
  });

  it("says that it is lost, and leaves the new holder alone", async () => {
    const ghost = await holding(database.url, async ({ lost }) => {
      const token = await leaveHeld(database.url);
      await eventually("the loss is noticed", () => lost.aborted);
      assert.equal((lost.reason as { code?: string }).code, "LEASE_LOST");
      return token;
    });
    const row = await leaseRow(database.url);
    assert.equal(row?.token, ghost);
    assert.equal(row.held, true);
  });
});
