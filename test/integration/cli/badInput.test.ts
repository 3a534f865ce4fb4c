// Bad input: one screen with cause and remedy, an exit code, and a database that is as it was.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createOwnerRole, createRole, queryAll, useDatabase } from "../../support/database.ts";
import { freePort } from "../../support/freePort.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, writeMigrations, type Ended } from "./lockstepCommand.ts";

/** Lines of a terminal that nobody needs to scroll. */
const SCREEN = 24;

const FEW_TRIES = ["--wait-attempts", "2", "--wait-interval", "10ms"];

function assertPlainError(ended: Ended, expected: { code: number; says: readonly RegExp[] }): void {
  const { stderr, exitCode } = ended;
  assert.equal(exitCode, expected.code, stderr);
  const error = stderr.slice(stderr.indexOf("error: "));
  for (const pattern of expected.says) assert.match(error, pattern);
  assert.ok(error.trimEnd().split("\n").length <= SCREEN, error);
  assert.doesNotMatch(error, /^ +at /m);
}

describe("lockstep with bad input", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const run = (args: readonly string[], url = database.url) =>
    lockstep(args, { cwd: dir.path, url });

  /** What the database holds: relations of any schema but the system's. */
  const relations = async () =>
    (
      await queryAll<{ name: string }>(
        database.url,
        "select oid::regclass::text as name from pg_class where relnamespace::regnamespace::text !~ '^(pg_|information_schema)' order by 1",
      )
    ).map((row) => row.name);

  const migrateRefused = async (expected: { code: number; says: readonly RegExp[] }) => {
    const before = await relations();
    assertPlainError(await run(["migrate"]), expected);
    assert.deepEqual(await relations(), before);
  };

  beforeEach(async () => {
    await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things (id int);" });
  });

  describe("database", () => {
    it("unreachable: says so after the tries that were asked for", async () => {
      const url = `postgres://app:s3cr3t@127.0.0.1:${String(await freePort())}/app`;
      const ended = await run(["migrate", ...FEW_TRIES], url);
      assertPlainError(ended, { code: 1, says: [/refuses connections/, /where.*127\.0\.0\.1/] });
      assert.match(ended.stdout, /attempt 1\/2/);
      assert.ok(!`${ended.stdout}${ended.stderr}`.includes("s3cr3t"));
    });

    it("wrong password: ends at once, without the password in any line", async () => {
      const url = new URL(await createRole(database.url));
      url.password = "s3cr3t";
      // A server that trusts local users asks for none: then there is nothing to test.
      const ended = await run(["migrate"], url.href);
      assertPlainError(ended, { code: 1, says: [/password is wrong/, /next/] });
      assert.ok(!`${ended.stdout}${ended.stderr}`.includes("s3cr3t"));
      assert.doesNotMatch(ended.stdout, /attempt/);
    });

    it("no DDL privilege: names the missing GRANT", async () => {
      await queryAll(database.url, "revoke create on schema public from public");
      const ended = await run(["migrate"], await createRole(database.url));
      assertPlainError(ended, {
        code: 1,
        says: [/may not change the schema/, /GRANT CREATE ON DATABASE/, /GRANT CREATE ON SCHEMA/],
      });
      assert.deepEqual(await relations(), []);
    });

    it("a plain owner role is all that is needed", async () => {
      const ended = await run(["migrate"], await createOwnerRole(database.url));
      assert.equal(ended.exitCode, 0, ended.stderr);
    });

    for (const [what, url, says] of [
      ["no URL", "localhost", /not a URL/],
      ["another scheme", "mysql://app@db/app", /scheme is mysql/],
      ["no database", "postgres://app@db", /names no database/],
      ["an unencoded password", "postgres://app:s3#cr3t@db/app", /percent-encoded/],
    ] as const) {
      it(`malformed URL (${what}): the expected form, and not the URL`, async () => {
        const ended = await run(["migrate"], url);
        assertPlainError(ended, { code: 2, says: [/URL is malformed/, says, /expected form/] });
        assert.ok(!ended.stderr.includes("cr3t"));
      });
    }

    it("not named: says which variables it reads", async () => {
      const ended = await lockstep(["migrate"], { cwd: dir.path });
      assertPlainError(ended, { code: 2, says: [/No database is named/, /export DATABASE_URL/] });
    });

    it("named in the arguments: refused, whatever the option", async () => {
      // Not the server's own password: this one is seen by everybody.
      const password = "s3cr3t";
      const url = new URL(database.url);
      url.password = password;
      const ended = await run(["migrate", `--database-url=${url.href}`]);
      assertPlainError(ended, { code: 2, says: [/never taken from the command line/] });
      assert.ok(!ended.stderr.includes(password));
    });

    it(".env is not read", async () => {
      await writeFile(join(dir.path, ".env"), `DATABASE_URL=${database.url}\n`);
      const ended = await lockstep(["status"], { cwd: dir.path });
      assertPlainError(ended, { code: 2, says: [/No database is named/] });
    });
  });

  describe("files", () => {
    it("broken SQL: file, line and a caret, before anything is applied", async () => {
      await writeMigrations(dir.path, {
        "02_add_size_up.sql": "alter table things\n  add colum size int;\n",
      });
      await migrateRefused({
        code: 2,
        says: [/syntax error/, /migrations\/02_add_size_up\.sql:2:\d+/, /2 \| .*\n +\| +\^/],
      });
    });

    it("SQL that the server refuses: file, line, caret and SQLSTATE; the file left no trace", async () => {
      await writeMigrations(dir.path, {
        "02_add_size_up.sql": "create table sizes (id int);\ninsert into thinks values (1);\n",
      });
      const ended = await run(["migrate"]);
      assertPlainError(ended, {
        code: 1,
        says: [/SQLSTATE 42P01/, /02_add_size_up\.sql:2:\d+/, /\^/, /does not exist/],
      });
      assert.ok(!(await relations()).includes("sizes"));
      const applied = await queryAll(database.url, "select label from lockstep.migration");
      assert.deepEqual(applied, [{ label: "01" }]);
    });

    it("missing down file", async () => {
      await rm(join(dir.path, "migrations/01_create_things_down.sql"));
      await migrateRefused({
        code: 2,
        says: [/has no down file; add 01_create_things_down\.sql/],
      });
    });

    it("an applied file that was edited", async () => {
      assert.equal((await run(["migrate"])).exitCode, 0);
      await writeMigrations(dir.path, {
        "01_create_things_up.sql": "create table things (id bigint);",
        "02_add_size_up.sql": "alter table things add column size int;",
      });
      await migrateRefused({ code: 3, says: [/edited after it was applied/, /git checkout/] });
    });

    it("duplicate number", async () => {
      await writeMigrations(dir.path, { "1_create_others_up.sql": "create table others ();" });
      await migrateRefused({ code: 2, says: [/same number as/] });
    });

    it("gap", async () => {
      await writeMigrations(dir.path, { "03_create_others_up.sql": "create table others ();" });
      await migrateRefused({ code: 2, says: [/so 02 is missing/] });
    });

    it("bytes that are not UTF-8", async () => {
      const bytes = Buffer.from("-- caf\u00e9\ncreate table caf\u00e9 ();", "latin1");
      await writeMigrations(dir.path, { "02_create_cafe_up.sql": bytes });
      await migrateRefused({ code: 2, says: [/UTF-8/, /02_create_cafe_up\.sql/] });
    });

    it("empty file", async () => {
      await writeMigrations(dir.path, { "02_create_others_up.sql": "" });
      await migrateRefused({ code: 2, says: [/holds no SQL/] });
    });

    it("all faults of a folder at once", async () => {
      await writeMigrations(dir.path, { "02_a_one_up.sql": "", "05_b_two_up.sql": "select 1;" });
      await migrateRefused({ code: 2, says: [/2 faults/, /holds no SQL/, /03 is missing/] });
    });

    it("no such folder", async () => {
      const ended = await run(["migrate", "--migrations", "nowhere"]);
      assertPlainError(ended, { code: 2, says: [/no migrations folder "nowhere"/] });
    });
  });

  describe("usage", () => {
    for (const [args, says] of [
      [
        ["migrate", "--stagee", "all"],
        [/Unknown option '--stagee'/, /did you mean --stage\?/],
      ],
      [["migrat"], [/Unknown command 'migrat'/, /did you mean migrate\?/]],
      [["migrate", "--stage", "both"], [/Allowed choices are expand, contract, all/]],
      [
        ["migrate", "--lease-wait", "10"],
        [/--lease-wait/, /Expected a duration/],
      ],
      [
        ["migrate", "--target", "9"],
        [/target is not the number of a migration/, /use one of 01/],
      ],
      [["status", "extra"], [/Too many arguments/]],
      [["approve"], [/--stack/]],
      [
        ["new", "Add Phone"],
        [/snake_case/, /lockstep new add_phone/],
      ],
      [[], [/No command is named/, /lockstep --help/]],
    ] as const) {
      it(`lockstep ${args.join(" ")}`, async () => {
        assertPlainError(await run(args), { code: 2, says });
        assert.deepEqual(await relations(), []);
      });
    }
  });

  it("an error is one JSON document with --json, its text on stderr", async () => {
    const ended = await run(["migrate", "--json", "--target", "9"]);
    const document = JSON.parse(ended.stdout) as { ok: boolean; error: { code: string } };
    assert.equal(document.ok, false);
    assert.equal(document.error.code, "CONFIG");
    assertPlainError(ended, { code: 2, says: [/target is not/] });
  });

  it("what was not foreseen is one line; LOCKSTEP_DEBUG=1 shows the stack", async () => {
    // Tables of a ledger that lockstep never made.
    await queryAll(
      database.url,
      "create schema lockstep; create table lockstep.version as select 1 as format; create table lockstep.migration ()",
    );
    const options = { cwd: dir.path, url: database.url };
    const plain = await lockstep(["history"], options);
    assertPlainError(plain, {
      code: 1,
      says: [/^error: relation .*setting.*\n.*LOCKSTEP_DEBUG=1/],
    });
    const debug = await lockstep(["history"], { ...options, env: { LOCKSTEP_DEBUG: "1" } });
    assert.match(debug.stderr, /^ +at /m);
  });
});
