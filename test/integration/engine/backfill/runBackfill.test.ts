// A backfill: by batches, on from where it stopped, whole keys of any type, and nothing left before contract.
import assert from "node:assert/strict";
import { queryAll, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles, approve, ledgerOf, type Files } from "../run/applyFiles.ts";

const REMAINING = "select count(*) from people where name is distinct from upper(first)";
const BASE: Files = {
  "01_create_people_up.sql": "create table people (id int primary key, first text, name text);",
};
const backfill = (sql: string, options = "table=people key=id batch=3 target=60s") =>
  `-- lockstep: backfill ${options} sync="a test" remaining=${REMAINING}\n${sql}\n`;
const FILL = backfill("update people set name = upper(first) where name is null;");

describe("a backfill", () => {
  const database = useDatabase();
  const rows = async () =>
    (
      await queryAll<{ name: string | null }>(database.url, "select name from people order by id")
    ).map(({ name }) => name);
  const progress = async () =>
    queryAll(database.url, "select position, walked, rows::int as rows from lockstep.backfill");
  const addPeople = (count: number) =>
    queryAll(
      database.url,
      `insert into people (id, first) select i * 10, 'p' || i from generate_series(1, ${String(count)}) i`,
    );
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
  });

  it("fills every row by batches in order of the key, and counts them", async () => {
    await addPeople(8);
    const { messages } = await applyFiles(database.url, { ...BASE, "02_fill_up.sql": FILL });
    const last = messages.find((message) => message.includes("rows changed"));
    // 3 rows, then 4 and the last one: a short batch makes the next one larger.
    assert.match(last ?? "", /^02_fill: 8 rows changed in 3 batches, /);
    assert.deepEqual(await rows(), ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"]);
    assert.deepEqual(await progress(), [{ position: '["80"]', walked: true, rows: 8 }]);
  });

  it("ends at once on an empty table", async () => {
    await applyFiles(database.url, { ...BASE, "02_fill_up.sql": FILL });
    assert.deepEqual(await progress(), [{ position: null, walked: true, rows: 0 }]);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  it("leaves rows alone that its condition leaves out", async () => {
    await addPeople(4);
    await queryAll(database.url, "update people set name = 'kept' where id in (10, 40)");
    await applyFiles(database.url, { ...BASE, "02_fill_up.sql": FILL });
    assert.deepEqual(await rows(), ["kept", "P2", "P3", "kept"]);
  });

  it("goes on where it stopped: batches that are done are not run again", async () => {
    await addPeople(8);
    await queryAll(
      database.url,
      "create table touched (id int); alter table people add constraint fit check (name <> 'P7')",
    );
    await queryAll(
      database.url,
      `create function touch() returns trigger language plpgsql as
         'begin insert into touched values (new.id); return new; end';
       create trigger touch before update on people for each row execute function touch()`,
    );
    const files = { ...BASE, "02_fill_up.sql": FILL };
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.code, "STATEMENT_FAILED");
    assert.match(failure.where ?? "", /^migrations\/02_fill_up\.sql:2/);
    assert.equal(failure.sqlstate, "23514");
    assert.match(failure.next ?? "", /the batches before it stay applied and are not repeated/);
    assert.deepEqual(await progress(), [{ position: '["30"]', walked: false, rows: 3 }]);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 running"]);

    await queryAll(database.url, "alter table people drop constraint fit");
    await applyFiles(database.url, files);
    assert.deepEqual((await rows()).slice(5), ["P6", "P7", "P8"]);
    const touched = await queryAll<{ id: number }>(
      database.url,
      "select id from touched order by id",
    );
    assert.deepEqual(
      touched.map(({ id }) => id),
      [10, 20, 30, 40, 50, 60, 70, 80],
    );
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  it("puts the caret where a batch's own condition is wrong", async () => {
    await addPeople(1);
    const sql = backfill("update people set name = 'é' -- why\nwhere nope is null;");
    const failure = await failureOf(applyFiles(database.url, { ...BASE, "02_fill_up.sql": sql }));
    assert.equal(failure.where, "migrations/02_fill_up.sql:3:7");
  });

  it("runs its verify script at the end, before it counts as applied", async () => {
    await addPeople(2);
    const files = {
      ...BASE,
      "02_fill_up.sql": FILL,
      "02_fill_verify.sql": "select id from people where name <> 'P1';",
    };
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.code, "VERIFICATION_FAILED");
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 running"]);
    await applyFiles(database.url, { ...files, "02_fill_verify.sql": "select 1 where false;" });
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  describe("walks keys", () => {
    const remaining = "remaining=select count(*) from notes where not done";
    const expectFilled = async (columns: string, key: string, data: string) => {
      const files = {
        ...BASE,
        "02_create_notes_up.sql": `create table notes (${columns}, hits int not null default 0, done boolean not null default false); insert into notes ${data};`,
        "03_fill_up.sql": `-- lockstep: backfill table=notes key=${key} batch=2 ${remaining}\nupdate notes set done = true, hits = hits + 1;`,
      };
      await applyFiles(database.url, files);
      const [row] = await queryAll(
        database.url,
        "select count(*) > 4 as some, bool_and(done and hits = 1) as once from notes",
      );
      assert.deepEqual(row, { some: true, once: true });
    };

    it("of several columns", () =>
      expectFilled(
        "a int, b text, primary key (a, b)",
        "a,b",
        "select i, j::text from generate_series(1, 3) i, generate_series(1, 3) j",
      ));
    it("of text, in the column's own collation", () =>
      expectFilled(
        'id text collate "und-x-icu" primary key',
        "id",
        "select unnest(array['a', 'B', 'é', 'Z', 'z', '-x', 'a''b', 'ä \"q\"', '漢'])",
      ));
    it("of uuid", () =>
      expectFilled(
        "id uuid primary key",
        "id",
        "select gen_random_uuid() from generate_series(1, 7)",
      ));
    it("of numbers below zero and with gaps", () =>
      expectFilled(
        "id bigint primary key",
        "id",
        "select i * 3000000007::bigint from generate_series(-4, 4) i",
      ));
    it("of timestamps to the microsecond", () =>
      expectFilled(
        "id timestamptz primary key",
        "id",
        "select '2026-01-01'::timestamptz + i * interval '1 microsecond' from generate_series(1, 7) i",
      ));
    it("that are not unique: a batch ends with all rows of its last key", () =>
      expectFilled("id int", "id", "select i / 3 from generate_series(1, 9) i"));
    it("with names that need quotes", () =>
      expectFilled('"Id of" int primary key', '"Id of"', "select i from generate_series(1, 5) i"));
  });
});

describe("rows written behind a backfill's walk", () => {
  const database = useDatabase();
  const FILES: Files = {
    ...BASE,
    "02_fill_up.sql": FILL,
    "03_drop_first_up.sql": "alter table people drop column first;",
  };
  const contract = async (files = FILES) =>
    applyFiles(database.url, files, { approval: await approve(files, "03") });
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
    await queryAll(database.url, "insert into people values (10, 'ada'), (20, 'bob')");
    await applyFiles(database.url, FILES, { stage: "expand" });
  });

  it("are caught up before contract removes what they are filled from", async () => {
    await queryAll(database.url, "insert into people values (5, 'cy'), (15, 'dee'), (30, 'eve')");
    const { applied, messages } = await contract();
    assert.deepEqual(applied, ["03_drop_first"]);
    assert.ok(messages.includes("02_fill: 3 rows left, catching up"), messages.join("\n"));
    assert.deepEqual(await queryAll(database.url, "select * from people order by id"), [
      { id: 5, name: "CY" },
      { id: 10, name: "ADA" },
      { id: 15, name: "DEE" },
      { id: 20, name: "BOB" },
      { id: 30, name: "EVE" },
    ]);
    assert.deepEqual(await queryAll(database.url, "select settled from lockstep.backfill"), [
      { settled: true },
    ]);
  });

  it("that the backfill cannot reach refuse contract, and nothing is lost", async () => {
    // Stale, not missing: the backfill's own condition passes it by.
    await queryAll(database.url, "update people set first = 'zoe' where id = 10");
    const failure = await failureOf(contract());
    assert.equal(failure.code, "NOT_READY_FOR_CONTRACT");
    assert.equal(failure.seen, "backfill 2: 1 rows by its remaining query");
    assert.deepEqual(await queryAll(database.url, "select first from people order by id"), [
      { first: "zoe" },
      { first: "bob" },
    ]);
    await queryAll(database.url, "update people set name = 'ZOE' where id = 10");
    assert.deepEqual((await contract()).applied, ["03_drop_first"]);
  });

  it("are still asked for where the backfill's file is gone", async () => {
    await queryAll(database.url, "insert into people values (5, 'cy')");
    const { "02_fill_up.sql": _gone, ...files } = FILES;
    const failure = await failureOf(contract(files));
    assert.equal(failure.code, "NOT_READY_FOR_CONTRACT");
  });

  for (const [what, query] of [
    ["NULL", "select null::int"],
    ["no row", "select 1 where false"],
    ["two numbers", "select 0, 0"],
    ["a word", "select 'none'"],
  ] as const) {
    it(`are not taken for filled where the query returns ${what}`, async () => {
      await queryAll(database.url, "update lockstep.backfill set remaining = $1", [query]);
      const failure = await failureOf(contract());
      assert.equal(failure.code, "STATEMENT_FAILED");
      assert.match(failure.message, /does not return one number/);
      assert.equal((await queryAll(database.url, "select first from people")).length, 2);
    });
  }

  it("a query that fails is shown with its SQLSTATE", async () => {
    await queryAll(database.url, "update lockstep.backfill set remaining = 'select nope'");
    const failure = await failureOf(contract());
    assert.equal(failure.sqlstate, "42703");
    assert.match(failure.next ?? "", /nothing was removed/);
  });
});
