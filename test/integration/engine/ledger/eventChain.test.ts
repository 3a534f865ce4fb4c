// The audit trail: what may not be done to it, and that what was done all the same shows.
import assert from "node:assert/strict";
import { DatabaseError } from "pg";
import { eventLinkSql } from "../../../../engine/ledger/audit.ts";
import { readEventChain } from "../../../../engine/ledger/eventChain.ts";
import { recordEvent } from "../../../../engine/ledger/record.ts";
import { ensureLedger } from "../../../../engine/ledger/schema.ts";
import { createOwnerRole, queryAll, useDatabase, withClient } from "../../../support/database.ts";

describe("the events' chain", () => {
  const database = useDatabase();
  let owner = "";
  const write = (name: string) =>
    withClient(owner, (client) =>
      recordEvent(client, { release: null, kind: "mark", data: { name, seq: "1" } }),
    );
  const chain = (witness?: string) =>
    withClient(owner, (client) => readEventChain(client, witness));

  beforeEach(async () => {
    // The shape of managed services: the role owns the ledger and is no superuser.
    owner = await createOwnerRole(database.url);
    await withClient(owner, ensureLedger);
    for (const name of ["a", "b\nc", "d"]) await write(name);
  });

  it("holds, whatever the session's time zone and date style, and however many write at once", async () => {
    await Promise.all(Array.from({ length: 8 }, (_, at) => write(`at once ${String(at)}`)));
    const { chained, events, head, faults } = await chain();
    assert.deepEqual([chained, events, faults], [true, 11, []]);
    await withClient(owner, async (client) => {
      await client.query("set timezone = 'Asia/Kathmandu'; set datestyle = 'German'");
      assert.deepEqual((await readEventChain(client, head)).faults, []);
    });
  });

  for (const sql of [
    "update lockstep.event set kind = 'gate'",
    "delete from lockstep.event",
    "truncate lockstep.event",
  ]) {
    it(`refuses ${sql}`, async () => {
      await assert.rejects(
        queryAll(owner, sql),
        (error) => error instanceof DatabaseError && error.code === "LS002",
      );
      assert.equal((await chain()).events, 3);
    });
  }

  const second = "(select seq from lockstep.event order by seq offset 1 limit 1)";
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      "changed",
      `update lockstep.event set data = '{"name": "x", "seq": "1"}' where seq = ${second}`,
      /event \d+ \(mark,/,
    ],
    [
      "given another time",
      `update lockstep.event set at = at - interval '1 microsecond' where seq = ${second}`,
      /event \d+ \(mark,/,
    ],
    ["deleted", `delete from lockstep.event where seq = ${second}`, /event \d+ \(mark,/],
    [
      "deleted at the end",
      "delete from lockstep.event where seq = (select max(seq) from lockstep.event)",
      /missing at the end/,
    ],
    [
      "put in",
      "insert into lockstep.event (kind, data) values ('gate', '{}')",
      /event \d+ \(gate,/,
    ],
  ];
  for (const [what, sql, fault] of cases) {
    it(`shows that an event was ${what} past the triggers`, async () => {
      await queryAll(
        owner,
        `alter table lockstep.event disable trigger user; ${sql}; alter table lockstep.event enable trigger user`,
      );
      const { faults } = await chain();
      assert.equal(faults.length, 1, faults.join());
      assert.match(faults[0] ?? "", fault);
    });
  }

  it("shows that a trigger is off", async () => {
    await queryAll(owner, "alter table lockstep.event disable trigger append_only");
    assert.match((await chain()).faults.join(), /a trigger .* is off or missing/);
  });

  it("shows a history that was written anew to whoever kept its head, and to nobody else", async () => {
    const { head } = await chain();
    assert.deepEqual((await chain(head)).faults, []);
    await write("later");
    assert.deepEqual((await chain(head)).faults, []);
    await queryAll(
      owner,
      `alter table lockstep.event disable trigger user;
       update lockstep.event set data = '{}' where seq = ${second};
       do $$ declare head text := ''; e lockstep.event; begin
         for e in select * from lockstep.event order by seq loop
           head := ${eventLinkSql("e", "head")};
           update lockstep.event set link = head where seq = e.seq;
         end loop;
         update lockstep.setting set value = to_jsonb(head) where key = 'events';
       end $$;
       alter table lockstep.event enable trigger user`,
    );
    assert.deepEqual((await chain()).faults, []);
    assert.match((await chain(head)).faults.join(), /no event has the link/);
  });
});
