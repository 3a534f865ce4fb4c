// A transactional file: whole or not at all, whatever it sets, and where exactly it failed.
import assert from "node:assert/strict";
import { createOwnerRole, createRole, queryAll, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles, ledgerOf, type Files } from "./applyFiles.ts";

describe("a transactional file's settings", () => {
  const database = useDatabase();

  it("neither reach the ledger's row nor the next file", async () => {
    const { username } = new URL(await createRole(database.url));
    await applyFiles(database.url, {
      "01_set_role_up.sql": `create schema own; grant all on schema own to ${username};
        set role ${username}; set search_path = own; create table things ();`,
      "02_see_up.sql": `create table seen as select current_user::text as role,
        current_setting('search_path') as path;`,
    });
    const [things] = await queryAll(
      database.url,
      "select schemaname, tableowner from pg_tables where tablename = 'things'",
    );
    assert.deepEqual(things, { schemaname: "own", tableowner: username });
    const [seen] = await queryAll<{ role: string; path: string }>(
      database.url,
      "select * from public.seen",
    );
    assert.notEqual(seen?.role, username);
    assert.match(seen?.path ?? "", /^("\$user", )?public$/);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  for (const [what, sql] of [
    ["RESET ROLE and RESET ALL", "reset role; reset all; create table things ();"],
    [
      "SET SESSION AUTHORIZATION",
      "set local session authorization default; create table things ();",
    ],
    ["SET LOCAL lock_timeout", "set local lock_timeout = 0; create table things ();"],
    ["DISCARD of plans", "create table things (); discard plans;"],
    [
      "a temporary table named as the ledger's",
      "create temp table migration (); create table things ();",
    ],
    [
      "a schema before pg_catalog",
      "create schema x; create function x.now() returns timestamptz language sql as 'select null::timestamptz'; set search_path = x, pg_catalog, public; create table public.things ();",
    ],
  ] as const) {
    it(`does not break the ledger: ${what}`, async () => {
      const files = { "01_first_up.sql": sql, "02_second_up.sql": "create table migration ();" };
      await applyFiles(await createOwnerRole(database.url), files);
      assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
      assert.deepEqual(await queryAll(database.url, "select * from public.things"), []);
    });
  }

  it("do not reach the next file where an event trigger made them", async () => {
    await applyFiles(database.url, {
      "01_watch_up.sql": `create function watch() returns event_trigger language plpgsql as
          $$ begin perform set_config('search_path', 'elsewhere', false); end $$;
        create event trigger watching on ddl_command_end execute function watch();`,
      "02_plain_up.sql": "create table public.things ();",
      "03_see_up.sql":
        "insert into public.things default values; alter table things add column a int;",
    });
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied", "03 applied"]);
  });

  it("do not matter to where tables go, also for a role named as the ledger's schema", async () => {
    const url = new URL(database.url);
    const there = await queryAll(database.url, "select from pg_roles where rolname = 'lockstep'");
    if (there.length === 0) {
      await queryAll(database.url, "create role lockstep superuser login password 'secret'");
      url.username = "lockstep";
      url.password = "secret";
    }
    // With the default search_path, "$user" would stand for that schema.
    await applyFiles(url.href, { "01_create_event_up.sql": "create table event ();" });
    const tables = "select schemaname from pg_tables where tablename = 'event' order by 1";
    assert.deepEqual(await queryAll(database.url, tables), [
      { schemaname: "lockstep" },
      { schemaname: "public" },
    ]);
    if (there.length > 0) return;
    await queryAll(database.url, "drop owned by lockstep cascade; drop role lockstep");
  });

  it("hold no lock, cursor or prepared statement after it", async () => {
    const sql = `prepare p as select 1; declare c cursor with hold for select 1;
      select pg_advisory_lock(7); create temp table leftover ();`;
    const look = `create table seen as select
      (select count(*) from pg_prepared_statements) as prepared,
      (select count(*) from pg_cursors where name = 'c') as cursors,
      (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
      to_regclass('leftover') as leftover;`;
    await applyFiles(database.url, { "01_leave_up.sql": sql, "02_look_up.sql": look });
    assert.deepEqual(await queryAll(database.url, "select * from seen"), [
      { prepared: "0", cursors: "0", locks: "0", leftover: null },
    ]);
  });

  it("may hold its own outermost BEGIN and COMMIT", async () => {
    const files = {
      "01_own_up.sql": "BEGIN;\ncreate table things ();\nCOMMIT;",
      "02_own_broken_up.sql": "BEGIN;\ncreate table more ();\nselect 1/0;\nCOMMIT;",
    };
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.where, "migrations/02_own_broken_up.sql:3:1");
    assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
    assert.deepEqual(await queryAll(database.url, "select to_regclass('more') as more"), [
      { more: null },
    ]);
  });
});

describe("a transactional file that fails", () => {
  const database = useDatabase();

  /** The failure of `sql` as the second file; the first statement of it has left no trace. */
  async function failing(sql: string) {
    const files: Files = {
      "01_create_things_up.sql": "create table things (id int);",
      "02_fail_up.sql": sql,
    };
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.code, "STATEMENT_FAILED");
    assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
    assert.deepEqual(await queryAll(database.url, "select * from things"), []);
    return failure;
  }
  /** What stands above the caret, from the caret on. */
  function atCaret(seen: string | undefined): string {
    const lines = (seen ?? "").split("\n");
    const caret = lines.findIndex((line) => /^[\s|]*\^$/.test(line));
    assert.ok(caret > 0, seen);
    return (lines[caret - 1] ?? "").slice((lines[caret] ?? "").indexOf("^"));
  }

  it("plain statement: line, column and caret", async () => {
    const failure = await failing("insert into things values (1);\nselect nope from things;\n");
    assert.equal(failure.where, "migrations/02_fail_up.sql:2:8");
    assert.equal(failure.sqlstate, "42703");
    assert.equal(atCaret(failure.seen), "nope from things;");
  });

  it("non-ASCII before the fault: same place, by characters", async () => {
    const failure = await failing(
      "insert into things values (1); -- é😀\nselect 'é', '漢字', nope from things;",
    );
    assert.equal(failure.where, "migrations/02_fail_up.sql:2:19");
    // Each of the two wide characters takes two columns of the terminal.
    const [line, caret] = (failure.seen ?? "").split("\n");
    assert.equal(line, "2 | select 'é', '漢字', nope from things;");
    assert.equal(caret?.indexOf("^"), "2 | select 'é', '....', ".length);
  });

  it("a DO block: the block, and the inner query", async () => {
    const failure = await failing(
      "insert into things values (1);\n\n  do $$ begin\n  insert into nowhere values (1);\nend $$;",
    );
    assert.equal(failure.where, "migrations/02_fail_up.sql:3:3");
    assert.match(failure.seen ?? "", /query: insert into nowhere values \(1\)/);
    assert.match(failure.seen ?? "", /in PL\/pgSQL function inline_code_block line 2/);
  });

  it("a run-time error, which has no position: the statement", async () => {
    const failure = await failing(
      "insert into things values (1);\nselect 1;\nselect 1 / (1 - 1);\n",
    );
    assert.equal(failure.where, "migrations/02_fail_up.sql:3:1");
    assert.equal(failure.sqlstate, "22012");
    assert.match(failure.next ?? "", /nothing of this file was applied/);
  });

  it("RAISE in a DO block behind statements of several kinds: still the block", async () => {
    const failure = await failing(
      "insert into things values (1);\nselect 1; values (2);\ndo $$ begin perform 1; end $$;\ndo $$ begin raise exception 'no'; end $$;",
    );
    assert.equal(failure.where, "migrations/02_fail_up.sql:4:1");
    assert.match(failure.message, /^no \(SQLSTATE P0001\)/);
  });

  it("a deferred constraint, which speaks at the commit", async () => {
    const failure = await failing(
      "create table kids (id int unique, parent int references kids (id) deferrable initially deferred);\ninsert into kids values (1, 2);",
    );
    assert.equal(failure.sqlstate, "23503");
    assert.match(failure.where ?? "", /^migrations\/02_fail_up\.sql/);
    assert.deepEqual(await queryAll(database.url, "select to_regclass('kids') as kids"), [
      { kids: null },
    ]);
  });
});

describe("a file's verify script", () => {
  const database = useDatabase();
  const up = { "01_create_things_up.sql": "create table things as select 1 as id;" };
  const withScript = (sql: string): Files => ({ ...up, "01_create_things_verify.sql": sql });

  it("sees what the file did, and lets it commit when it finds nothing", async () => {
    await applyFiles(database.url, withScript("select * from things where id <> 1;"));
    assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
  });

  for (const [what, sql, seen] of [
    ["returns rows", "select id from things;", /it returned 1 row; none were expected\n\{"id":1\}/],
    ["raises", "do $$ begin raise exception 'too many'; end $$;", /too many \(SQLSTATE P0001\)/],
    ["writes", "delete from things;", /read-only transaction/],
  ] as const) {
    it(`that ${what} rolls the file back`, async () => {
      const failure = await failureOf(applyFiles(database.url, withScript(sql)));
      assert.equal(failure.code, "VERIFICATION_FAILED");
      assert.equal(failure.where, "migrations/01_create_things_verify.sql");
      assert.match(failure.seen ?? "", seen);
      assert.deepEqual(await ledgerOf(database.url), []);
      assert.deepEqual(await queryAll(database.url, "select to_regclass('things') as t"), [
        { t: null },
      ]);
      await applyFiles(database.url, up);
      assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
    });
  }

  it("leaves its settings behind", async () => {
    await applyFiles(database.url, {
      ...withScript("set local search_path = pg_catalog; set timezone = 'Asia/Tokyo';"),
      "02_look_up.sql": "create table seen as select current_setting('timezone') as zone;",
    });
    const [row] = await queryAll<{ zone: string }>(database.url, "select zone from seen");
    assert.notEqual(row?.zone, "Asia/Tokyo");
  });
});
