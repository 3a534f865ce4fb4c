// Sizes and traffic of tables as a real server has them.
import assert from "node:assert/strict";
import { readTableFacts } from "../../../../engine/plan/readTableFacts.ts";
import { LARGE_BYTES } from "../../../../engine/plan/risk.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";

describe("the facts of tables", () => {
  const database = useDatabase();
  const run = (sql: string) => queryAll(database.url, sql);
  const read = (tables: readonly string[], options = {}) =>
    withClient(database.url, (client) => readTableFacts(client, tables, options));

  it("are rows and sizes, with indexes apart, of a table, of an index's and of all partitions", async () => {
    await run(`create table t (id int primary key, b text);
      insert into t select i, md5(i::text) from generate_series(1, 2000) i;
      create schema app;
      create table app.p (id int) partition by range (id);
      create table app.p1 partition of app.p for values from (0) to (1000);
      create table app.p2 partition of app.p for values from (1000) to (5000);
      insert into app.p select generate_series(0, 2999);
      create table "Empty" (id int); create view v as select 1;
      analyze t, app.p`);
    const facts = await read(["t", "t_pkey", "app.p", "Empty", "v", "missing"]);
    assert.deepEqual(
      [...facts.keys()].toSorted(),
      ["Empty", "app.p", "t", "t_pkey"],
      "what is no table, or not there, has no facts",
    );
    const t = facts.get("t");
    assert.equal(t?.rows, 2_000);
    assert.ok(t.bytes > 100_000 && t.totalBytes > t.bytes, JSON.stringify(t));
    assert.deepEqual(facts.get("t_pkey"), { ...t, table: "t_pkey" });
    assert.equal(facts.get("app.p")?.rows, 3_000);
    assert.equal(facts.get("Empty")?.rows, undefined);
  });

  it("are what the last VACUUM counted where that is more, or where somebody has the table locked", async () => {
    await run(`create table t (id int primary key); insert into t values (1);
      update pg_class set relpages = ${String(LARGE_BYTES / 8_192)}, reltuples = 1e6
      where oid = 't'::regclass`);
    await withClient(database.url, async (holder) => {
      await holder.query("begin; lock table t");
      const fact = (await read(["t"])).get("t");
      assert.equal(fact?.rows, 1_000_000);
      assert.equal(fact.bytes, LARGE_BYTES);
    });
    assert.ok(((await read(["t"])).get("t")?.totalBytes ?? 0) > LARGE_BYTES);
  });

  it("are scans and changed rows a second, where the statistics are old enough to tell", async () => {
    await run("create table t (id int primary key)");
    await run("insert into t select generate_series(1, 50000)");
    await run("select count(*) from t");
    assert.equal((await read(["t"])).get("t")?.traffic, undefined);
    // The server writes a session's figures down a moment after it has ended.
    const traffic = await eventually("the figures of the sessions before", async () => {
      const found = (await read(["t"], { minStatisticsMs: 0 })).get("t")?.traffic;
      return found && found.writesPerS > 0 && found.readsPerS > 0 ? found : undefined;
    });
    const total = traffic.writesPerS * (traffic.overMs / 1_000);
    assert.ok(Math.abs(total - 50_000) < 1, String(total));
  });
});
