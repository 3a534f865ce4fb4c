// What may go without a reset of the session.
import assert from "node:assert/strict";
import { keepsSession } from "../../../../engine/lint/sessionEffect.ts";
import { parseSql } from "../../../../engine/sql/parse.ts";

const KEEPS = [
  "create table t (id int default nextval('s'))",
  "alter table t add column a int default 1",
  "create index on t (lower(a))",
  "comment on table t is 'x'",
  "create function f() returns int language sql as 'select 1'",
  "drop table t",
];
const MAY_LEAVE = [
  "create temp table t (id int)",
  "create table pg_temp.t (id int)",
  "create temp view v as select 1",
  "create temporary sequence s",
  "alter table t add column a int default f()",
  "insert into t values (1)",
  "select set_config('role', 'other', false)",
  "set search_path = elsewhere",
  "do $$ begin end $$",
  "create table t as select f()",
  "prepare p as select 1",
  "create extension hstore",
];

describe("keepsSession", () => {
  for (const [is, all] of [
    [true, KEEPS],
    [false, MAY_LEAVE],
  ] as const) {
    for (const sql of all) {
      it(`${String(is)}: ${sql}`, async () => {
        const [statement] = await parseSql(sql, "test.sql");
        assert.equal(statement && keepsSession(statement), is);
      });
    }
  }
});
