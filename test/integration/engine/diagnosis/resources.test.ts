// What a server runs out of or lacks, and what a session may not do: provoked on the shared server.
import assert from "node:assert/strict";
import { createOwnerRole, queryAll, serverMajor, useDatabase } from "../../../support/database.ts";
import { applyAgain, begin, cure, provoke, type Failing } from "./provoke.ts";

interface Case extends Failing {
  readonly title: string;
  readonly sqlstate: string;
  readonly likely: RegExp;
  readonly next: RegExp;
  readonly commands?: readonly string[];
  /** The file as the remedy wants it. */
  readonly mended?: string;
}

const CASES: readonly Case[] = [
  {
    title: "a value that no index page can take",
    sqlstate: "54000",
    setup: `CREATE TABLE notes (body text);
      INSERT INTO notes SELECT string_agg(md5(n::text), '') FROM generate_series(1, 2000) n;`,
    sql: "CREATE INDEX ON notes (body);",
    likely: /longer than an index's page/,
    next: /CREATE INDEX \.\.\. ON notes \(md5\(body\)\)/,
    mended: "CREATE INDEX ON notes (md5(body));",
  },
  {
    title: "too many columns",
    sqlstate: "54011",
    sql: `CREATE TABLE wide (${Array.from({ length: 1601 }, (_, n) => `c${n} int`).join(", ")});`,
    likely: /1600 columns/,
    next: /table of their own/,
  },
  {
    title: "a trigger that calls itself without end",
    sqlstate: "54001",
    setup: `CREATE TABLE notes (id int);
      CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN INSERT INTO notes VALUES (1); RETURN new; END';
      CREATE TRIGGER again BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION again();`,
    sql: "INSERT INTO notes VALUES (1);",
    likely: /calls itself without end/,
    next: /fires itself/,
  },
  {
    title: "a text beyond what a value can be",
    sqlstate: "54000",
    sql: "SELECT length(repeat('xx', 2147483647));",
    likely: /fixed limit/,
    next: /smaller/,
  },
  {
    title: "an extension that the machine does not have",
    sqlstate: "0A000",
    sql: "CREATE EXTENSION postgis;",
    likely: /files of the extension postgis/,
    next: /apt-get install postgresql-\d+-postgis-3/,
  },
  {
    title: "an extension that nobody knows",
    sqlstate: "0A000",
    sql: "CREATE EXTENSION no_such_extension;",
    likely: /files of the extension no_such_extension/,
    next: /package on the server's machine/,
  },
  {
    title: "an extension that the server must load at its start",
    sqlstate: "55000",
    setup: "CREATE EXTENSION pg_stat_statements;",
    sql: "SELECT count(*) FROM pg_stat_statements;",
    likely: /loaded at the server's start/,
    next: /shared_preload_libraries/,
  },
  {
    title: "a file that is not on the server's machine",
    sqlstate: "58P01",
    setup: "CREATE TABLE notes (body text);",
    sql: "COPY notes FROM '/no/such/file';",
    likely: /not looked for on yours/,
    next: /COPY through psql/,
  },
  {
    title: "a library that is not on the server's machine",
    sqlstate: "58P01",
    sql: "LOAD 'no_such_library';",
    likely: /library/,
    next: /server's user can read/,
  },
  {
    title: "a replication slot without the WAL for it",
    sqlstate: "55000",
    sql: "SELECT pg_create_logical_replication_slot('one', 'pgoutput');",
    likely: /wal_level = minimal/,
    next: /ALTER SYSTEM SET wal_level = 'logical'/,
  },
  {
    title: "what this version cannot do",
    sqlstate: "0A000",
    setup: "CREATE TABLE parts (id int) PARTITION BY RANGE (id);",
    sql: "CREATE INDEX CONCURRENTLY by_id ON parts (id);",
    likely: /^PostgreSQL \d+\.\d+ cannot do that$/,
    next: /documentation/,
  },
  {
    title: "rows whose deferred checks are still pending",
    sqlstate: "55006",
    setup: `CREATE TABLE parent (id int PRIMARY KEY);
      CREATE TABLE child (parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);`,
    sql: "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1); ALTER TABLE child ADD x int;",
    likely: /changed rows of child before/,
    next: /SET CONSTRAINTS ALL IMMEDIATE/,
    mended:
      "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1); SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE child ADD x int;",
  },
  {
    title: "the role that is at work",
    sqlstate: "55006",
    sql: "DO $$ BEGIN EXECUTE format('DROP ROLE %I', current_user); END $$;",
    likely: /a session uses the object/,
    next: /pg_stat_activity/,
  },
  {
    title: "a new value of an enum, used by a function at once",
    sqlstate: "55P04",
    setup: "CREATE TYPE colour AS ENUM ('red');",
    sql: "DO $$ BEGIN EXECUTE 'ALTER TYPE colour ADD VALUE ''blue'''; PERFORM 'blue'::text::colour; END $$;",
    likely: /once its transaction has committed/,
    next: /next file/,
    mended: "ALTER TYPE colour ADD VALUE 'blue';",
  },
  {
    title: "a setting of the whole server",
    sqlstate: "55P02",
    sql: "SET shared_buffers = '1GB';",
    likely: /server's restart/,
    next: /ALTER SYSTEM/,
  },
  {
    title: "a number that was not drawn yet",
    sqlstate: "55000",
    sql: "SELECT lastval();",
    likely: /not in the state/,
    next: /hint/,
  },
  {
    title: "a time limit of the file's own",
    sqlstate: "57014",
    sql: "SET LOCAL statement_timeout = 50; SELECT pg_sleep(60);",
    likely: /statement_timeout that the file or a function sets/,
    next: /SET LOCAL statement_timeout/,
    mended: "SET LOCAL statement_timeout = 5000; SELECT pg_sleep(0.1);",
  },
  {
    title: "a statement that somebody cancels",
    sqlstate: "57014",
    sql: "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(60);",
    likely: /^the statement was cancelled/,
    next: /run the same command again/,
  },
  {
    title: "a procedure that commits",
    sqlstate: "2D000",
    setup: "CREATE PROCEDURE half() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';",
    sql: "CALL half();",
    likely: /commits or rolls back/,
    next: /backfill file/,
  },
  {
    title: "a statement that no transaction may hold, from a function",
    sqlstate: "25001",
    sql: "DO $$ BEGIN EXECUTE 'VACUUM'; END $$;",
    likely: /inside a transaction block/,
    next: /file of its own/,
  },
  {
    title: "what a function raises",
    sqlstate: "P0001",
    sql: "DO $$ BEGIN RAISE EXCEPTION 'fill phone first'; END $$;",
    likely: /on purpose/,
    next: /message asks for/,
  },
  {
    title: "a query of a function that finds nothing",
    sqlstate: "P0002",
    setup: "CREATE TABLE notes (id int);",
    sql: "DO $$ DECLARE one int; BEGIN SELECT id INTO STRICT one FROM notes; END $$;",
    likely: /found no row/,
    next: /data that it expects/,
  },
];

describe("a server at its limits", () => {
  const database = useDatabase();

  for (const { title, sqlstate, likely, next, commands, mended, ...failing } of CASES) {
    it(`${sqlstate}: ${title}`, async () => {
      const { sql } = failing;
      await begin(database.url, failing);
      const error = await provoke(database.url, failing);
      // Before 15 a missing extension is a missing file.
      const isFile = sql.startsWith("CREATE EXTENSION") && (await serverMajor(database.url)) < 15;
      assert.equal(error.sqlstate, isFile ? "58P01" : sqlstate, error.message);
      assert.match(error.likely ?? "", likely);
      assert.match(error.next ?? "", next);
      if (commands) assert.deepEqual(await cure(database.url, error), commands);
      if (mended !== undefined) await applyAgain(database.url, { ...failing, sql: mended });
    });
  }

  it("53400: more temporary files than the role may write", async () => {
    const url = await createOwnerRole(database.url);
    const role = new URL(url).username;
    await queryAll(database.url, `ALTER ROLE ${role} SET temp_file_limit = '64kB'`);
    const failing = {
      sql: "SET LOCAL work_mem = '64kB'; SELECT count(*) FROM (SELECT md5(n::text) FROM generate_series(1, 50000) n ORDER BY 1 OFFSET 0) s;",
    };
    const error = await provoke(url, failing);
    assert.equal(error.sqlstate, "53400");
    assert.match(error.likely ?? "", /temp_file_limit \(64kB\)/);
    const [, command = ""] = /^as a superuser: (ALTER ROLE .*?;)/.exec(error.next ?? "") ?? [];
    assert.equal(command, `ALTER ROLE ${role} SET temp_file_limit = '-1';`);
    await queryAll(database.url, command);
    await applyAgain(url, failing);
  });

  const readOnly: readonly (readonly [
    where: string,
    alter: (role: string, database: string) => string,
  ])[] = [
    ["role", (role) => `ALTER ROLE ${role}`],
    ["database", (_, name) => `ALTER DATABASE ${name}`],
    ["role in one database", (role, name) => `ALTER ROLE ${role} IN DATABASE ${name}`],
  ];
  for (const [where, alter] of readOnly) {
    it(`25006: a ${where} whose transactions are read-only, met by what runs without one of lockstep's`, async () => {
      const url = await createOwnerRole(database.url);
      const { username, pathname } = new URL(url);
      const failing = {
        setup: "CREATE TABLE notes (id int);",
        sql: "CREATE INDEX CONCURRENTLY by_id ON notes (id);",
      };
      await begin(url, failing);
      const subject = alter(username, pathname.slice(1));
      await queryAll(database.url, `${subject} SET default_transaction_read_only = on`);
      const error = await provoke(url, failing);
      assert.equal(error.sqlstate, "25006");
      assert.match(error.likely ?? "", /makes transactions read-only$/);
      const commands = await cure(database.url, error);
      assert.deepEqual(commands, [
        `BEGIN READ WRITE; ${subject} RESET default_transaction_read_only; COMMIT`,
      ]);
      await applyAgain(url, failing);
    });
  }
});
