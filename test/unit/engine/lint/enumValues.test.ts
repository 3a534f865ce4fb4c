// A file that uses an enum value which it adds: run in pieces where it may be, refused where it may not.
import assert from "node:assert/strict";
import { analyzeSql } from "./analyzeSql.ts";

const ADD = "ALTER TYPE y ADD VALUE 'new'; ";

describe("a file that adds an enum value", () => {
  for (const sql of [
    "UPDATE t SET a = 'new'",
    "UPDATE t SET a = 'new'::y",
    "UPDATE t SET a = '{old,new}'::y[]",
    "ALTER TABLE t ADD b y DEFAULT 'new'",
    "ALTER TABLE t ADD CHECK (a <> 'new')",
    "CREATE INDEX i ON t (a) WHERE a = 'new'",
    "CREATE VIEW v AS SELECT * FROM t WHERE a = 'new'",
    "DO $$ BEGIN UPDATE t SET a = 'new'; END $$",
    "CREATE FUNCTION f() RETURNS y LANGUAGE sql AS $$ SELECT 'new'::y $$",
    "CREATE FUNCTION f() RETURNS y BEGIN ATOMIC SELECT 'new'::y; END",
  ]) {
    it(`runs in pieces where it uses it: ${sql}`, async () => {
      const { transactional, problems } = await analyzeSql(ADD + sql);
      const own = problems.filter(({ rule }) => rule === "enum-value-used");
      assert.deepEqual([transactional, own], [false, []]);
    });
  }

  for (const sql of [
    `${ADD} ALTER TYPE y ADD VALUE 'newer' AFTER 'new'`,
    `${ADD} UPDATE t SET a = 'old'`,
    `UPDATE t SET a = 'new'; ${ADD}`,
    `CREATE TYPE y AS ENUM (); ${ADD} CREATE TABLE t (a y DEFAULT 'new')`,
    `${ADD} CREATE FUNCTION f() RETURNS y LANGUAGE plpgsql AS $$ BEGIN RETURN 'new'; END $$`,
    "ALTER TYPE y RENAME VALUE 'old' TO 'new'; UPDATE t SET a = 'new'",
  ]) {
    it(`is one transaction where it does not: ${sql}`, async () => {
      const { transactional, problems } = await analyzeSql(sql);
      const own = problems.filter(({ rule }) => rule === "enum-value-used");
      assert.deepEqual([transactional, own], [true, []]);
    });
  }

  for (const [what, sql] of [
    ["a setting", `SET search_path = app; ${ADD} UPDATE t SET a = 'new'`],
    [
      "a setting by a function",
      `SELECT set_config('a.b', '1', true); ${ADD} UPDATE t SET a = 'new'`,
    ],
    ["its author's own transaction", `BEGIN; ${ADD} UPDATE t SET a = 'new'; COMMIT`],
    ["a savepoint", `SAVEPOINT s; ${ADD} UPDATE t SET a = 'new'`],
    ["a lock", `LOCK TABLE t; ${ADD} UPDATE t SET a = 'new'`],
    ["a temporary table", `CREATE TEMP TABLE k (a int); ${ADD} UPDATE t SET a = 'new'`],
    ["a table made temporary", `SELECT 1 AS a INTO TEMP k; ${ADD} UPDATE t SET a = 'new'`],
  ] as const) {
    it(`is refused where it uses it and holds ${what}`, async () => {
      const { problems } = await analyzeSql(sql);
      const problem = problems.find(({ rule }) => rule === "enum-value-used");
      assert.match(problem?.message ?? "", /value 'new' of type y is added and used in one file/);
      assert.match(problem?.where ?? "", /:1:\d+$/);
    });
  }
});
