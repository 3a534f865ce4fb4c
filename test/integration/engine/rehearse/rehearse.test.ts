// What a rehearsal finds out about files, on real servers.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { createRole, queryAll, serverUrl, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useLockstepHome } from "../../../support/lockstepHome.ts";
import { applyAll } from "./applyAll.ts";
import {
  detailsOf,
  OWN_CLUSTER,
  readTexts,
  rehearseTexts,
  told,
  type FileText,
} from "./rehearseFiles.ts";

const TABLE = ["t", "CREATE TABLE t (a int)", "DROP TABLE t"] as const;

// The server's own programs lie in the home that holds while it is started.
before(serverUrl);

describe("a rehearsal of files", () => {
  useLockstepHome();

  it("passes files that go up, down and up again, in file order on an empty database", async () => {
    const result = await rehearseTexts([
      TABLE,
      ["b", "ALTER TABLE t ADD b int", "ALTER TABLE t DROP b"],
    ]);
    assert.deepEqual(told(result), []);
    assert.equal(result.verdict, "passed");
    assert.deepEqual(
      [result.start, result.initial, result.files],
      ["empty", true, ["01_t", "02_b"]],
    );
  });

  it("fails an up that the server refuses, with file, line and caret", async () => {
    const result = await rehearseTexts([TABLE, ["b", "SELECT 1;\nALTER TABLE nowhere ADD b int"]]);
    assert.equal(result.verdict, "failed");
    assert.deepEqual(told(result).slice(-1), ["up-fails: 02_b does not apply"]);
    assert.match(result.findings.at(-1)!.where, /02_b_up\.sql:2:1$/);
    assert.match(detailsOf(result, "up-fails").join("\n"), /"nowhere" does not exist[^]*\^/);
  });

  it("tells a down that fails from an up that fails after a down", async () => {
    const down = await rehearseTexts([
      TABLE,
      ["b", "ALTER TABLE t ADD b int", "ALTER TABLE t DROP c"],
    ]);
    assert.deepEqual(told(down), [
      "down-fails: 02_b cannot be taken back: its down file fails; the 1 before it were not tried",
    ]);
    const up = await rehearseTexts([
      TABLE,
      ["type", "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE m (a mood)", "DROP TABLE m"],
    ]);
    assert.deepEqual(told(up), [
      "down-restores-not: after 01_t to 02_type are taken back the schema is not what it was; first seen after 02_type",
      "up-after-down-fails: 02_type applies, but not again after files were taken back",
    ]);
    assert.deepEqual(detailsOf(up, "down-restores-not"), ["+ enum public.mood"]);
    assert.equal(up.verdict, "failed");
  });

  it("warns of a step that does not restore where all together do", async () => {
    const result = await rehearseTexts([
      TABLE,
      ["b", "ALTER TABLE t ADD b int", "ALTER TABLE t DROP b"],
      ["type", "ALTER TABLE t ALTER b TYPE bigint", "SELECT 1"],
    ]);
    assert.deepEqual(
      told(result).filter((line) => line.startsWith("step")),
      [
        "step-restores-not: taken back alone, 03_type leaves another schema than before it; all 3 together do not",
      ],
    );
    assert.equal(result.verdict, "passed");
  });

  it("grades columns in another order apart", async () => {
    const result = await rehearseTexts([
      ["t", "CREATE TABLE t (a int, b int)", "DROP TABLE t"],
      ["none", "CREATE TABLE other (a int)"],
      ["gone", "ALTER TABLE t DROP a", "ALTER TABLE t ADD a int"],
    ]);
    assert.deepEqual(detailsOf(result, "column-order"), [
      "~ table public.t: its columns are in another order",
    ]);
    assert.equal(result.verdict, "passed");
    assert.deepEqual(told(result).slice(0, 2), [
      "no-way-back: 02_none has no way back: its down file holds only comments",
      "data-not-restored: 03_gone drops column t.a: its down file brings back no data, only a backup does",
    ]);
  });

  it("refuses an order in which stages end otherwise than files", async () => {
    const files = [
      ["t", "CREATE TABLE t (a int, c int)"],
      ["drop", "ALTER TABLE t DROP c"],
      [
        "fn",
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'c') THEN CREATE TABLE x (a int); END IF; END $$",
      ],
    ] as const;
    const staged = await rehearseTexts(files, { applied: "01" });
    assert.equal(staged.initial, false);
    assert.deepEqual(staged.files, ["03_fn", "02_drop"]);
    assert.deepEqual(detailsOf(staged, "orders-differ"), ["+ table public.x"]);
    assert.equal(staged.verdict, "failed");
    const alike = await rehearseTexts(
      [files[0], files[1], ["other", "ALTER TABLE t ADD d int; COMMENT ON TABLE t IS 'x'"]],
      { applied: "01" },
    );
    assert.equal(alike.verdict, "passed");
  });

  it("lets no file's search_path or role reach the next", async () => {
    const result = await rehearseTexts([
      [
        "s",
        "CREATE SCHEMA other; SET search_path = other; CREATE TABLE a (a int)",
        "DROP SCHEMA other CASCADE",
      ],
      ["b", "CREATE TABLE b (a int); SELECT 'public.b'::regclass", "DROP TABLE public.b"],
    ]);
    assert.equal(result.verdict, "passed");
    assert.deepEqual(told(result), []);
  });

  it("names own transactions, COMMIT in a DO block or procedure, and enum values that are used at once", async () => {
    const own = await rehearseTexts([
      ["t", "BEGIN; CREATE TABLE t (a int); COMMIT", "DROP TABLE t"],
    ]);
    assert.deepEqual(told(own), [
      "own-transaction: 01_t has a BEGIN and a COMMIT of its own: they are left out, lockstep's transaction is around it",
    ]);
    const block = rehearseTexts([["do", "DO $$ BEGIN CREATE TABLE x (a int); COMMIT; END $$"]]);
    assert.match((await failureOf(block)).message, /a DO block that commits by itself/);
    const called = await rehearseTexts([
      ["p", "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'", "DROP PROCEDURE p"],
      ["call", "CALL p()"],
    ]);
    assert.match(
      detailsOf(called, "up-fails").join("\n"),
      /invalid transaction termination[^]*cause: a procedure or DO block commits/,
    );
    const used = await rehearseTexts([
      ["mood", "CREATE TYPE mood AS ENUM ('a')"],
      [
        "b",
        "ALTER TYPE mood ADD VALUE 'b'; DO $$ BEGIN EXECUTE format('SELECT %L::mood', chr(98)); END $$",
      ],
    ]);
    assert.match(
      detailsOf(used, "up-fails").join("\n"),
      /unsafe use of new value[^]*cause: a value that ALTER TYPE/,
    );
  });

  it("refuses what a run would refuse, before a server is started", async () => {
    const files = [TABLE, ["mixed", "ALTER TABLE t ADD b int; ALTER TABLE t DROP a"]] as const;
    const error = await failureOf(rehearseTexts(files, { applied: "01" }));
    assert.equal(error.code, "UNSAFE_MIGRATION");
  });

  it("runs what cannot be in a transaction, forth and back", async () => {
    const result = await rehearseTexts([
      TABLE,
      ["i", "CREATE INDEX CONCURRENTLY i ON t (a)", "DROP INDEX CONCURRENTLY i"],
    ]);
    assert.deepEqual(told(result), []);
    assert.deepEqual(result.statements.at(-1)?.locks, undefined);
  });

  it("traces locks and rewrites of each statement", async () => {
    const result = await rehearseTexts(
      [TABLE, ["type", "ALTER TABLE t ALTER a TYPE bigint; CREATE INDEX i ON t (a)", "SELECT 1"]],
      // A change of a type is refused where code runs, so it is traced on an empty database.
    );
    const [change, index] = result.statements.slice(1);
    assert.deepEqual(change!.locks, [{ relation: "public.t", mode: "ACCESS EXCLUSIVE" }]);
    assert.deepEqual(change!.rewrites, ["public.t"]);
    assert.deepEqual(index!.rewrites, []);
    assert.ok(told(result).some((line) => line.startsWith("rewrites-table: ")));
  });

  it("tells where a statement locks what its text does not", async () => {
    const result = await rehearseTexts(
      [
        [
          "t",
          "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN LOCK TABLE t; END'; CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION f()",
        ],
        ["x", "CREATE TABLE x (a int)", "DROP TABLE x"],
      ],
      { applied: "01" },
    );
    assert.deepEqual(detailsOf(result, "locks-differ"), [
      "public.t: takes ACCESS EXCLUSIVE, foreseen nothing",
    ]);
    assert.equal(result.verdict, "passed");
  });

  it("is not run again for the same files, unless it is asked for", async () => {
    const files = [TABLE] as const;
    const first = await rehearseTexts(files);
    assert.equal((await rehearseTexts(files)).at, first.at);
    assert.notEqual((await rehearseTexts(files, { fresh: true })).at, first.at);
    const edited = await rehearseTexts([["t", "CREATE TABLE t (a int)", "DROP TABLE IF EXISTS t"]]);
    assert.notEqual(edited.digest, first.digest);
  });

  it("leaves no database and no role on a server that was named", async () => {
    const admin = await serverUrl();
    // Tests that run beside this one make databases and roles, too; this role's are the rehearsal's.
    const url = await createRole(admin);
    const role = new URL(url).username;
    await queryAll(admin, `ALTER ROLE ${role} SUPERUSER`);
    const files: readonly FileText[] = [
      [
        "r",
        `CREATE ROLE ${role}_made NOLOGIN; CREATE TABLE t (a int); GRANT SELECT ON t TO ${role}_made`,
        `DROP TABLE t; DROP ROLE ${role}_made`,
      ],
      ["bad", "SELECT 1/0"],
    ];
    const result = await rehearseTexts(files, { server: parseUrl(url, "test") });
    assert.deepEqual(
      await queryAll(
        admin,
        `SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = '${role}'
         UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE '${role}%'`,
      ),
      [{ datname: role }],
    );
    await queryAll(admin, `DROP ROLE ${role}`);
    assert.deepEqual(told(result).slice(-1), ["up-fails: 02_bad does not apply"]);
    assert.deepEqual(detailsOf(result, "left-out").length, 2);
  });
});

describe("a rehearsal on a cluster of its own", () => {
  useLockstepHome();

  it("takes roles and tablespaces, in every pass anew", async () => {
    const result = await rehearseTexts(
      [
        [
          "r",
          "CREATE ROLE app NOLOGIN; CREATE TABLE t (a int); ALTER TABLE t OWNER TO app",
          "DROP TABLE t; DROP ROLE app",
        ],
        ["ts", "CREATE TABLESPACE fast LOCATION '/srv/fast'", "DROP TABLESPACE fast"],
        ["left", "CREATE ROLE stays NOLOGIN", "SELECT 1"],
      ],
      OWN_CLUSTER,
    );
    assert.deepEqual(told(result), [
      "down-restores-not: after 01_r to 03_left are taken back the schema is not what it was; first seen after 03_left",
      "up-after-down-fails: 03_left applies, but not again after files were taken back",
    ]);
    assert.deepEqual(detailsOf(result, "down-restores-not"), ["+ role stays"]);
  });
});

describe("a rehearsal for a target", () => {
  useLockstepHome();
  const database = useDatabase();

  it("begins with the target's schema, and takes what is pending there in stages", async () => {
    const files = [
      ["t", "CREATE TABLE t (a int, c int)", "DROP TABLE t"],
      ["drop", "ALTER TABLE t DROP c"],
      ["add", "ALTER TABLE t ADD d int", "ALTER TABLE t DROP d"],
    ] as const;
    await applyAll(database.url, await readTexts(files.slice(0, 1)));
    const target = parseUrl(database.url, "test");
    const result = await rehearseTexts(files, { target });
    assert.deepEqual([result.initial, result.files], [false, ["03_add", "02_drop"]]);
    assert.equal(result.verdict, "passed");
    assert.notEqual(result.start, "empty");
    const same = await rehearseTexts(files, { target });
    assert.equal(same.at, result.at);
    await queryAll(database.url, "ALTER TABLE t ADD by_hand int");
    const changed = await rehearseTexts(files, { target });
    assert.notEqual(changed.digest, result.digest);
  });

  it("says where the applied files make another schema than the target has", async () => {
    const files = [
      ["t", "CREATE TABLE t (a int)", "DROP TABLE t"],
      ["b", "ALTER TABLE t ADD b int", "ALTER TABLE t DROP b"],
    ] as const;
    await applyAll(database.url, await readTexts(files.slice(0, 1)));
    await queryAll(database.url, "ALTER TABLE t ADD by_hand int");
    const result = await rehearseTexts(files, { target: parseUrl(database.url, "test") });
    if (result.start === "dump") assert.deepEqual(detailsOf(result, "start-differs"), []);
    else assert.deepEqual(detailsOf(result, "start-differs"), ["- column public.t.by_hand"]);
    assert.equal(result.verdict, "passed");
  });
});
