// Where a backfill's statement is cut, and what one batch of it says.
import assert from "node:assert/strict";
import { batchSql, cutStatement, keyColumns } from "../../../../engine/backfill/batchSql.ts";
import { failureOf } from "../../../support/failureOf.ts";

const PATH = "migrations/02_fill_up.sql";
const cut = (sql: string, table = "people", key = "id") => cutStatement(sql, { table, key }, PATH);
/** The batch after the first, on one line. */
const batch = async (sql: string, table?: string, key?: string) =>
  batchSql(await cut(sql, table, key), false)
    .sql.replace(/\s+/g, " ")
    .trim();

describe("cutStatement", () => {
  for (const [what, sql, expected] of [
    [
      "an UPDATE with its condition in parentheses, so that OR stays inside",
      "update people set a = 1 where b or c",
      'update people set a = 1 WHERE "people".id <= $1 AND "people".id > $2 AND ( b or c )',
    ],
    [
      "one without a condition",
      "update people set a = 1",
      'update people set a = 1 WHERE "people".id <= $1 AND "people".id > $2 AND (true )',
    ],
    [
      "its own WHERE, not one of a subquery or a text",
      "update people p set a = (select 'where' from x where true) from y where y.id = p.y",
      `update people p set a = (select 'where' from x where true) from y WHERE "p".id <= $1 AND "p".id > $2 AND ( y.id = p.y )`,
    ],
    [
      "a DELETE that returns",
      "delete from people where old returning id",
      'delete from people WHERE "people".id <= $1 AND "people".id > $2 AND ( old ) returning id',
    ],
    [
      "an INSERT from a join, by the walked table's alias",
      "insert into t select p.id from y join people as p on true where p.ok on conflict do nothing",
      'insert into t select p.id from y join people as p on true WHERE "p".id <= $1 AND "p".id > $2 AND ( p.ok ) on conflict do nothing',
    ],
    [
      "an UPDATE of another table, by the key of the walked one that it is joined to",
      "update others o set a = p.a from people p where p.id = o.person",
      'update others o set a = p.a from people p WHERE "p".id <= $1 AND "p".id > $2 AND ( p.id = o.person )',
    ],
  ] as const) {
    it(`takes ${what}`, async () => {
      assert.equal(await batch(sql), expected);
    });
  }

  it("compares keys of several columns as one row", async () => {
    assert.equal(
      await batch("update people set a = 1", "people", 'a,"B,c"'),
      'update people set a = 1 WHERE ("people".a, "people"."B,c") <= ($1, $2) AND ("people".a, "people"."B,c") > ($3, $4) AND (true )',
    );
  });

  it("has no lower bound in the first batch", async () => {
    const { sql } = batchSql(await cut("update people set a = 1"), true);
    assert.ok(!sql.includes(">"), sql);
  });

  it("lets no comment swallow what follows it", async () => {
    const { sql } = batchSql(await cut("update people set a = 1 -- why\nwhere b -- c"), true);
    assert.match(sql, /-- why\n\nWHERE .* AND \( b -- c\n\) $/);
  });

  for (const [what, sql] of [
    ["LIMIT", "insert into t select id from people limit 3"],
    ["GROUP BY", "insert into t select max(id) from people group by a"],
    ["UNION", "insert into t select id from people union select 1"],
    ["another table", "update others set a = 1"],
    ["a SELECT", "select 1 from people"],
  ] as const) {
    it(`refuses ${what}: its result depends on more than one batch, or on no key`, async () => {
      const failure = await failureOf(cut(sql));
      assert.equal(failure.code, "MIGRATION_FILES");
      assert.equal(failure.where, PATH);
    });
  }
});

describe("keyColumns", () => {
  it("keeps commas and quotes within a quoted name", () => {
    assert.deepEqual(keyColumns('a,"b,c","d""e"'), ["a", '"b,c"', '"d""e"']);
  });
});
