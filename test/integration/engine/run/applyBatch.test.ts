// Small files of a first set-up go in one message, each with its own commit; what fails keeps what follows from running.
import assert from "node:assert/strict";
import { planBatch } from "../../../../engine/plan/planFile.ts";
import { batchAt } from "../../../../engine/run/batches.ts";
import type { Migration } from "../../../../engine/sources/migration.ts";
import { withCuttingProxy } from "../../../support/cuttingProxy.ts";
import { queryAll, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { analyzeFiles, applyFiles, ledgerOf, type Files } from "./applyFiles.ts";

const SIX: Files = {
  "01_a_up.sql": "create table a (id int);",
  "02_a_up.sql": "alter table a add column b int;",
  "03_a_up.sql": "create index a_b on a (b);",
  "04_a_up.sql": "comment on table a is 'first';",
  // The server tells whoever asks the whole text that it was sent.
  "05_a_up.sql": "insert into a select position('create table' || ' a ' in current_query());",
  "06_a_up.sql": "create view seen as select id from a;",
};
const SIX_APPLIED = ["01", "02", "03", "04", "05", "06"].map((number) => `${number} applied`);

describe("batchAt", () => {
  const numbersAt = async (files: Files, start: number) =>
    batchAt(await analyzeFiles(files), start).map(({ number }) => number);

  it("takes small files, up to and with one that makes an event trigger", async () => {
    assert.deepEqual(await numbersAt(SIX, 0), ["01", "02", "03", "04", "05", "06"]);
    const watched = {
      ...SIX,
      "04_a_up.sql": "create event trigger e on ddl_command_end execute function f();",
    };
    assert.deepEqual(await numbersAt(watched, 0), ["01", "02", "03", "04"]);
  });

  it("takes no file alone", async () => {
    assert.deepEqual(await numbersAt(SIX, 5), []);
  });

  it("ends before what is more than a small transaction of its own", async () => {
    const others: Files = {
      outside: "create index concurrently a_b on a (b);",
      mixed: "select 1; alter table a add column c int;",
      contract: "drop table a;",
      long: `create table b (id int); -- ${"x".repeat(100_000)}`,
    };
    for (const [name, sql] of Object.entries(others)) {
      const files = {
        "01_a_up.sql": SIX["01_a_up.sql"] ?? "",
        "02_a_up.sql": SIX["02_a_up.sql"] ?? "",
        [`03_${name}_up.sql`]: sql,
      };
      assert.deepEqual(await numbersAt(files, 0), ["01", "02"], name);
    }
    const verified = { ...SIX, "03_a_verify.sql": "select 1 where false" };
    assert.deepEqual(await numbersAt(verified, 0), ["01", "02"]);
  });
});

/** How many commits of a message don't wait for the disk. */
function unwaited(files: readonly Migration[]): number {
  return planBatch(files).split("SET LOCAL synchronous_commit = off; COMMIT;").length - 1;
}

describe("small files of a first set-up", () => {
  const database = useDatabase();

  it("go in one message, each in a transaction of its own", async () => {
    const { applied, messages } = await applyFiles(database.url, SIX);
    assert.equal(applied.length, 6);
    assert.deepEqual(await ledgerOf(database.url), SIX_APPLIED);
    const [seen] = await queryAll<{ id: number }>(database.url, "select id from seen");
    assert.ok((seen?.id ?? 0) > 0, "the fifth file was sent with the first");
    assert.equal(unwaited(await analyzeFiles(SIX)), 5, "the last commit waits for the disk");
    const [own] = await queryAll<{ count: string }>(
      database.url,
      "select count(distinct xmin::text) from lockstep.migration",
    );
    assert.equal(own?.count, "6");
    for (const number of ["01", "04", "05"])
      assert.ok(
        messages.some((message) => message.startsWith(`${number}_a applied (expand, `)),
        number,
      );
  });

  it("are each told by their own time, though a server's message has one now()", async () => {
    const files: Files = {
      "01_a_up.sql": "create table a (id int);",
      "02_a_up.sql": "insert into a select generate_series(1, 300000);",
      "03_a_up.sql": "create index a_id on a (id);",
      "04_a_up.sql": "comment on table a is 'small';",
    };
    const pending = await analyzeFiles(files);
    assert.equal(batchAt(pending, 2).length, 2);
    await applyFiles(database.url, files);
    const [index, comment] = await queryAll<{ duration_ms: number }>(
      database.url,
      "select duration_ms from lockstep.migration where number >= 3 order by number",
    );
    assert.ok(index && comment && comment.duration_ms < index.duration_ms);
  });

  it("leave nothing in the session to those behind them", async () => {
    const files: Files = {
      "01_a_up.sql": "create table a (id int, s text);",
      "02_a_up.sql": "insert into a select 1, set_config('search_path', 'nowhere', false);",
      "03_a_up.sql": "create table b (id int);",
      "04_a_up.sql":
        "insert into a values (2, current_setting('search_path') || current_setting('transaction_isolation'));",
      "05_a_up.sql": "comment on table b is 'here';",
    };
    await applyFiles(database.url, files);
    const rows = await queryAll<{ s: string }>(database.url, "select s from a order by id");
    assert.deepEqual(rows, [{ s: "nowhere" }, { s: '"$user", publicread committed' }]);
  });

  it("are sent one by one from where a file's data makes an event trigger", async () => {
    const files: Files = {
      "01_a_up.sql": "create table a (id int);",
      "02_a_up.sql":
        "create function leave() returns event_trigger language plpgsql as $$ begin perform set_config('search_path', 'wrong', false); end $$;",
      "03_a_up.sql":
        "create function watch() returns trigger language plpgsql as $$ begin create event trigger leaving on ddl_command_end execute function leave(); return new; end $$;",
      "04_a_up.sql":
        "create trigger watch after insert on a for each row execute function watch();",
      "05_a_up.sql": "insert into a values (1);",
      "06_a_up.sql": "create table b (id int);",
      "07_a_up.sql": "create table c (id int);",
    };
    await queryAll(database.url, "create schema wrong");
    const { applied } = await applyFiles(database.url, files);
    assert.equal(applied.length, 7);
    assert.deepEqual(await queryAll(database.url, "select count(*)::int from public.c"), [
      { count: 0 },
    ]);
  });

  it("stop at the one that fails, and say where", async () => {
    const files = { ...SIX, "03_a_up.sql": "create index a_b on a (nothing);" };
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.code, "STATEMENT_FAILED");
    assert.match(failure.where ?? "", /03_a_up\.sql:1/);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
    assert.deepEqual(
      await queryAll(database.url, "select obj_description('a'::regclass) as text"),
      [{ text: null }],
    );
    const { applied } = await applyFiles(database.url, SIX);
    assert.deepEqual(applied, ["03_a", "04_a", "05_a", "06_a"]);
  });

  it("are each applied once where the connection is cut behind them", async () => {
    const cut = { after: "create table a" };
    const result = await withCuttingProxy(database.url, cut, async (proxy) => {
      const applying = await applyFiles(proxy.url, SIX);
      assert.equal(proxy.cuts(), 1);
      return applying;
    });
    assert.equal(result.applied.length, 6);
    assert.deepEqual(await ledgerOf(database.url), SIX_APPLIED);
    assert.deepEqual(await queryAll(database.url, "select count(*)::int from a"), [{ count: 1 }]);
  });

  it("are sent one by one where event triggers run somebody's code", async () => {
    await queryAll(
      database.url,
      `create function leave() returns event_trigger language plpgsql as $$
       begin perform set_config('search_path', 'nowhere', false); end $$`,
    );
    await queryAll(
      database.url,
      "create event trigger leaving on ddl_command_end execute function leave()",
    );
    const { applied } = await applyFiles(database.url, SIX);
    assert.equal(applied.length, 6);
    const [seen] = await queryAll<{ id: number }>(database.url, "select id from seen");
    assert.equal(seen?.id, 0);
  });
});
