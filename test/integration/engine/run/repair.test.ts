// Repair and the chain: what was edited without changing a statement is bound anew, and what was rewritten by hand shows.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { findBrokenLink } from "../../../../engine/ledger/chain.ts";
import { readLedger } from "../../../../engine/ledger/ledger.ts";
import { repair } from "../../../../engine/run/repair.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { analyzeFiles, applyFiles, type Files } from "./applyFiles.ts";

const FILES = {
  "01_create_a_up.sql": "create table a (id int);",
  "02_create_b_up.sql": "create function b() returns text language sql as $$ select 'b' $$;",
  "03_create_c_up.sql": "create table c (id int);",
} as const;

describe("repair", () => {
  const database = useDatabase();
  const run = async (files: Files, number: string | undefined) =>
    repair({
      target: parseUrl(database.url, "DATABASE_URL"),
      migrations: await analyzeFiles(files),
      number,
      reason: "a test",
      leaseWaitMs: 5_000,
      report: () => undefined,
      signal: new AbortController().signal,
    });
  const brokenAt = async () => {
    const broken = findBrokenLink(await withClient(database.url, readLedger));
    return broken && (broken.row?.label ?? "end");
  };

  it("takes an edit of comments and white space, with its reason", async () => {
    await applyFiles(database.url, FILES);
    const edited = { ...FILES, "01_create_a_up.sql": "-- why\ncreate   table a\n(id int)" };
    const refused = await failureOf(applyFiles(database.url, edited));
    assert.equal(refused.code, "CHECKSUM_MISMATCH");
    assert.match(refused.next ?? "", /lockstep repair 01 --reason/);
    assert.equal(await run(edited, "1"), "01_create_a is bound to its new text");
    assert.deepEqual((await applyFiles(database.url, edited)).applied, []);
    assert.equal(await brokenAt(), undefined);
    const [event] = await queryAll<{ data: object }>(
      database.url,
      "select data from lockstep.event where kind = 'repair'",
    );
    assert.deepEqual(Object.keys(event?.data ?? {}).sort(), ["file", "from", "reason", "to"]);
    assert.equal(await run(edited, "1"), undefined);
  });

  for (const [what, sql] of [
    ["another statement", "create table a (id bigint);"],
    ["one more statement", "create table a (id int); create table d ();"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await applyFiles(database.url, FILES);
      const edited = { ...FILES, "01_create_a_up.sql": sql };
      const error = await failureOf(applyFiles(database.url, edited));
      assert.doesNotMatch(error.next ?? "", /repair/);
      assert.equal((await failureOf(run(edited, "1"))).code, "CHECKSUM_MISMATCH");
    });
  }

  it("counts white space within a function's body as an edit", async () => {
    await applyFiles(database.url, FILES);
    const body = FILES["02_create_b_up.sql"].replace("select", " select");
    const edited = { ...FILES, "02_create_b_up.sql": body };
    assert.equal((await failureOf(run(edited, "2"))).code, "CHECKSUM_MISMATCH");
  });

  for (const [what, sql, at] of [
    ["changed", "update lockstep.migration set checksum = 'x' where number = 2", "02"],
    ["deleted", "delete from lockstep.migration where number = 2", "03"],
    ["deleted at the end", "delete from lockstep.migration where number = 3", "end"],
    [
      "put in",
      "insert into lockstep.migration (number, label, name, stage, checksum, state) values (4, '04', 'x', 'expand', '', 'applied')",
      "04",
    ],
  ] as const) {
    it(`sees a row that was ${what} by hand, and takes it when told to`, async () => {
      await applyFiles(database.url, FILES);
      assert.equal(await brokenAt(), undefined);
      await queryAll(database.url, sql);
      assert.equal(await brokenAt(), at);
      const error = await failureOf(applyFiles(database.url, FILES));
      assert.equal(error.code, "HISTORY_BROKEN");
      const refused = await failureOf(run(FILES, "1"));
      assert.equal(refused.code, "HISTORY_BROKEN");
      assert.match((await run(FILES, undefined)) ?? "", /bound anew/);
      assert.equal(await brokenAt(), undefined);
    });
  }
});
