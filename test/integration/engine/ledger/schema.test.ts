// Making the ledger: once, also when two runners meet at a database without one.
import assert from "node:assert/strict";
import { ensureLedger, hasLedger } from "../../../../engine/ledger/schema.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";

describe("ensureLedger", () => {
  const database = useDatabase();

  it("takes the ledger that another runner made while this one waited", async () => {
    await withClient(database.url, async (first) => {
      await first.query("SELECT pg_advisory_lock(hashtext('lockstep.ledger'))");
      await withClient(database.url, async (second) => {
        const waiting = ensureLedger(second);
        await eventually("the second runner waits", async () => {
          const [row] = await queryAll<{ count: string }>(
            database.url,
            `select count(*) from pg_locks where locktype = 'advisory' and not granted
               and database = (select oid from pg_database where datname = current_database())`,
          );
          return row?.count === "1";
        });
        await ensureLedger(first);
        await first.query("SELECT pg_advisory_unlock_all()");
        await waiting;
        assert.equal(await hasLedger(second), true);
      });
    });
    const [row] = await queryAll(database.url, "select count(*)::int from lockstep.lease");
    assert.deepEqual(row, { count: 1 });
  });
});
