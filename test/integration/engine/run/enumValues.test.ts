// A file that uses an enum value which it adds: each statement once, whatever cuts the run.
import assert from "node:assert/strict";
import { withCuttingProxy } from "../../../support/cuttingProxy.ts";
import { queryAll, serverMajor, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles, ledgerOf, type Files } from "./applyFiles.ts";

const BASE: Files = {
  "01_create_things_up.sql": `create type mood as enum ('calm');
    create table things (mood mood, hits int); insert into things values ('calm', 0);`,
};
const FILES: Files = {
  ...BASE,
  "02_glad_up.sql": `alter type mood add value 'glad' before 'calm';
    update things set mood = 'glad', hits = hits + 1;
    alter table things alter column mood set default 'glad';`,
};
const GLAD = [{ mood: "glad", hits: 1, standard: "'glad'::mood" }];

describe("a file that uses an enum value which it adds", () => {
  const database = useDatabase();
  beforeEach(() => applyFiles(database.url, BASE));
  const things = () =>
    queryAll(
      database.url,
      `select mood::text, hits, (select pg_get_expr(adbin, adrelid) from pg_attrdef
         where adrelid = 'things'::regclass) as standard from things`,
    );
  const journal = async () =>
    (
      await queryAll<{ line: string }>(
        database.url,
        "select position || ' ' || state as line from lockstep.statement where number = 2 order by position",
      )
    ).map(({ line }) => line);

  it("is applied statement by statement, each with its journal's row", async () => {
    await applyFiles(database.url, FILES);
    assert.deepEqual(await things(), GLAD);
    assert.deepEqual(await journal(), ["0 done", "1 done", "2 done"]);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  for (const [what, after] of [
    ["the adding", "add value 'glad'"],
    ["the use", "set mood = 'glad'"],
    ["the last statement", "set default 'glad'"],
  ] as const) {
    it(`goes on where the connection is cut after ${what} was sent, and repeats nothing`, async () => {
      await withCuttingProxy(database.url, { after }, async (proxy) => {
        await applyFiles(proxy.url, FILES);
        assert.equal(proxy.cuts(), 1);
      });
      assert.deepEqual(await things(), GLAD);
    });
  }

  it("is gone on with by the next run, where the last one ended between the adding and the use", async () => {
    const controller = new AbortController();
    await withClient(database.url, async (holder) => {
      await holder.query("begin; select from things for update");
      const run = failureOf(applyFiles(database.url, FILES, { signal: controller.signal }));
      await eventually("the value is added, and its use waits", async () => {
        const found = await queryAll(
          database.url,
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%set mood%'",
        );
        return found.length === 1;
      });
      controller.abort();
      assert.equal((await run).code, "INTERRUPTED");
    });
    assert.deepEqual(await journal(), ["0 done"]);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 running"]);
    await applyFiles(database.url, FILES);
    assert.deepEqual(await things(), GLAD);
  });

  it("says what stays where a statement fails, and does not repeat it once the file is mended", async () => {
    await queryAll(database.url, "alter table things add check (hits < 1)");
    const failure = await failureOf(applyFiles(database.url, FILES));
    assert.equal(failure.sqlstate, "23514");
    assert.equal(failure.where, "migrations/02_glad_up.sql:2:5");
    assert.match(failure.next ?? "", /the statements before it stay applied and are not repeated/);
    assert.deepEqual(await journal(), ["0 done"]);
    await queryAll(database.url, "alter table things drop constraint things_hits_check");
    await applyFiles(database.url, FILES);
    assert.deepEqual(await things(), GLAD);
  });

  // What the server takes only after a commit, and what it lets pass: the two sides of the rule.
  for (const use of [
    "create view v as select from things where mood = 'glad'",
    "create index i on things (hits) where mood = 'glad'",
    "create function f() returns mood language sql as $$ select 'glad'::mood $$",
    "create function f() returns mood begin atomic select 'glad'::mood; end",
    "insert into things (mood) select unnest('{glad,calm}'::mood[])",
    "do $$ begin update things set mood = 'glad'; end $$",
  ]) {
    it(`runs in pieces where one transaction would fail: ${use}`, async () => {
      const add = "alter type mood add value 'glad'";
      // Bodies without quotes came with 14; the server's parser is asked first.
      const isUnknown = use.includes("atomic") && (await serverMajor(database.url)) < 14;
      await assert.rejects(queryAll(database.url, `begin; ${add}; ${use}; commit`), {
        code: isUnknown ? "42601" : "55P04",
      });
      if (isUnknown) return;
      await applyFiles(database.url, { ...BASE, "02_use_up.sql": `${add}; ${use};` });
      assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
    });
  }
});
