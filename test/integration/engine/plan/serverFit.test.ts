// SQL that is younger than the server: told beforehand, as the server itself would refuse it.
import assert from "node:assert/strict";
import pg from "pg";
import { serverNeed } from "../../../../engine/lint/serverFeatures.ts";
import { parseSql } from "../../../../engine/sql/parse.ts";
import { createRole, queryAll, serverMajor, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles } from "../run/applyFiles.ts";

const SCHEMA = `
  create table t (a int not null, b int, c text, g int generated always as (1) stored);
  create table u (a int, b int, primary key (a, b));
  create table span (a int4range, during int4range);
  create table log (at int) partition by range (at);
  create table log_1 partition of log for values from (0) to (10);
  create function f() returns trigger language plpgsql as 'begin return new; end';
  alter table t add constraint fk foreign key (a, b) references u;`;

/** SQL, the first major version that knows it, and what that version says of it if it is not "done". */
const CASES: readonly (readonly [major: number, sql: string, code?: string])[] = [
  [14, "alter table log detach partition log_1 concurrently"],
  [14, "alter table log detach partition log_1 finalize", "55000"],
  [14, "create or replace trigger x before insert on t for each row execute function f()"],
  [14, "create function one() returns int language sql return 1"],
  [14, "create function one() returns int language sql begin atomic select 1; end"],
  [14, "create table x (a text compression pglz)"],
  [14, "alter table t alter column c set compression pglz"],
  [14, "create statistics x on (a + 1) from t"],
  [15, "create unique index x on t (b) nulls not distinct"],
  [15, "create table x (a int unique nulls not distinct)"],
  [15, "alter table t add foreign key (a, b) references u on delete set null (b)"],
  [15, "alter table t set access method heap"],
  [15, "merge into t using u on t.a = u.a when matched then delete"],
  [15, "with x as (select 1) merge into t using u on t.a = u.a when matched then do nothing"],
  [15, "create view x with (security_invoker = true) as select 1"],
  [16, "create table x (a text storage external)"],
  [16, "grant pg_monitor to ROLE with inherit true"],
  [16, "select json_object('a': 1)"],
  [16, "select json_array(1, 2)"],
  [16, "create table x (a text check (a is json))"],
  [17, "select * from json_table('[]', '$[*]' columns (a int path '$'))"],
  [17, "select json_value('{}'::jsonb, '$.a')"],
  [17, "merge into t using u on t.a = u.a when not matched by source then delete"],
  [17, "merge into t using u on t.a = u.a when matched then delete returning t.a"],
  [17, "grant maintain on t to ROLE"],
  [17, "alter table t alter column g set expression as (2)"],
  [18, "create table x (a int generated always as (1) virtual)"],
  [18, "alter table t add column d int generated always as (1)"],
  [18, "alter table t add constraint x not null b not valid"],
  [18, "create table x (a int, constraint y not null a)"],
  [18, "alter table t add constraint x check (a > 0) not enforced"],
  [18, "create table x (a int check (a > 0) not enforced)"],
  [18, "alter table t alter constraint fk not enforced"],
  [18, "alter table t alter constraint x no inherit", "42704"],
  [18, "alter table span add unique (a, during without overlaps)"],
  [
    18,
    "alter table span add foreign key (a, period during) references span (a, period during)",
    "42830",
  ],
  [18, "insert into u values (1, 1) returning with (old as o, new as n) n.a"],
];

/** Close to the ones above, and known to every server. */
const OLD = [
  "alter table log detach partition log_1",
  "create trigger x before insert on t for each row execute function f()",
  "create function one() returns int language sql as 'select 1'",
  "create unique index x on t (b)",
  "create view x with (security_barrier = true) as select 1",
  "grant pg_monitor to ROLE with admin option",
  "create table x (a int generated always as (1) stored, b int generated always as identity)",
  "create table x (a int constraint y not null check (a > 0), b int check (b > 0) no inherit)",
  "alter table t add check (a > 0) not valid",
  "alter table t add foreign key (a, b) references u on delete set null not valid",
  "alter table t alter constraint fk deferrable",
  "create domain x as int check (value > 0)",
  "insert into u values (1, 1) returning a",
  "vacuum (analyze) t",
];

describe("SQL that not every server knows", () => {
  const database = useDatabase();
  beforeEach(() => queryAll(database.url, SCHEMA));

  /** What the server itself says: undefined where it does it. */
  async function ask(sql: string): Promise<string | undefined> {
    const { username } = new URL(await createRole(database.url));
    try {
      await queryAll(database.url, sql.replace("ROLE", username));
      return undefined;
    } catch (error) {
      assert.ok(error instanceof pg.DatabaseError);
      return error.code;
    }
  }
  async function needOf(sql: string): Promise<number | undefined> {
    const [statement] = await parseSql(sql, "test.sql");
    assert.ok(statement);
    return serverNeed(statement.node)?.major;
  }

  for (const [major, sql, code] of CASES) {
    it(`${String(major)}: ${sql}`, async () => {
      assert.equal(await needOf(sql), major);
      const answer = await ask(sql);
      if ((await serverMajor(database.url)) >= major) assert.equal(answer, code);
      else assert.notEqual(answer, code, "an older server would do it, too");
    });
  }

  for (const sql of OLD) {
    it(`every version: ${sql}`, async () => {
      assert.equal(await needOf(sql), undefined);
      assert.equal(await ask(sql), undefined);
    });
  }
});

describe("ensureServerKnows", () => {
  const database = useDatabase();
  const files = {
    "01_create_things_up.sql": "create table things (id int);",
    "02_add_double_up.sql":
      "set statement_timeout = 0;\nalter table things add double int generated always as (id * 2) virtual;",
  };

  it("refuses what is too new before anything is sent, the ledger included", async () => {
    if ((await serverMajor(database.url)) >= 18) {
      const { applied } = await applyFiles(database.url, files);
      assert.deepEqual(applied, ["01_create_things", "02_add_double"]);
      return;
    }
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.code, "UNSAFE_MIGRATION");
    assert.match(
      failure.message,
      /does not know a generated column that is virtual: PostgreSQL 18/,
    );
    assert.equal(failure.where, "migrations/02_add_double_up.sql:2:1");
    assert.match(failure.seen ?? "", /^the server is PostgreSQL 1\d\.\d+$/);
    assert.match(failure.next ?? "", /STORED/);
    assert.deepEqual(
      await queryAll(
        database.url,
        "select to_regnamespace('lockstep') as ledger, to_regclass('things') as things",
      ),
      [{ ledger: null, things: null }],
    );
  });

  it("names the server's version where only the server finds it", async () => {
    const major = await serverMajor(database.url);
    const failure = await failureOf(
      applyFiles(database.url, {
        "01_create_one_up.sql": "do $$ begin execute 'select 1 frm things'; end $$;",
      }),
    );
    assert.equal(failure.sqlstate, "42601");
    assert.match(failure.seen ?? "", new RegExp(`the server is PostgreSQL ${String(major)}\\.`));
  });
});
