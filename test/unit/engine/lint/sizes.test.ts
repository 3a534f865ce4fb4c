// What sizes of tables add to findings.
import assert from "node:assert/strict";
import { lintMigrations } from "../../../../engine/lint/lintMigrations.ts";
import { sizedTables, TINY_BYTES, withSizes } from "../../../../engine/lint/sizes.ts";
import type { TableFact } from "../../../../engine/plan/tableFact.ts";
import { analyzeSql } from "./analyzeSql.ts";

async function findings(sql: string, totalBytes: number, levels = {}) {
  const migrations = [await analyzeSql(sql)];
  const found = await lintMigrations({ migrations, levels });
  const fact: TableFact = {
    ...{ table: "app.t", rows: 1_234_567, bytes: totalBytes, totalBytes, traffic: undefined },
  };
  assert.deepEqual(sizedTables(found), ["app.t"]);
  return withSizes(found, new Map([[fact.table, fact]]), levels).filter(({ size }) => size);
}

describe("sizes of tables in findings", () => {
  const INDEX = "create index i on app.t (a)";

  it("are said, in words and as data", async () => {
    const [found] = await findings(INDEX, TINY_BYTES * 3);
    assert.equal(found?.severity, "warning");
    assert.match(found.message, / \(some 1,234,567 rows, 3\.0 MiB with indexes\)$/);
    assert.deepEqual(found.size, { rows: 1_234_567, bytes: TINY_BYTES * 3 });
  });

  it("make a note of a warning on a tiny table, unless the rule's level was set", async () => {
    assert.equal((await findings(INDEX, TINY_BYTES))[0]?.severity, "info");
    const levels = { "index-not-concurrent": "warning" };
    assert.equal((await findings(INDEX, TINY_BYTES, levels))[0]?.severity, "warning");
    assert.equal(
      (await findings(INDEX, TINY_BYTES, { "index-not-concurrent": "error" }))[0]?.severity,
      "error",
    );
  });

  for (const sql of [
    "update app.t set a = b.a from b where b.id = t.id",
    "update app.t set a = 1 where b > (select max(b) from c)",
    "delete from app.t where a > 1",
  ]) {
    it(`leave what works on other tables, too, as it is: ${sql}`, async () => {
      const [found] = await findings(sql, 0);
      assert.equal(found?.severity, "warning");
    });
  }

  it("make a note of an UPDATE of a tiny table alone", async () => {
    assert.equal((await findings("update app.t set a = b where c > 1", 0))[0]?.severity, "info");
  });
});
