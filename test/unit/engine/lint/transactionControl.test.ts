// BEGIN and COMMIT in files, statements outside of transactions, enum values.
import assert from "node:assert/strict";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { analyzeSql, fileOf } from "./analyzeSql.ts";

async function rules(sql: string): Promise<string[]> {
  return (await analyzeSql(sql)).problems.map(({ rule }) => rule);
}

describe("a file's own transaction", () => {
  for (const sql of [
    "BEGIN; SELECT 1; COMMIT;",
    "START TRANSACTION; SELECT 1; END",
    "-- head\nSET lock_timeout = '1s'; BEGIN WORK; SELECT 1; COMMIT WORK; -- tail",
  ]) {
    it(`is taken away: ${sql.replaceAll("\n", " ")}`, async () => {
      const { statements, problems } = await analyzeSql(sql);
      assert.deepEqual(problems, []);
      assert.equal(statements.at(-1)?.sql, "SELECT 1");
      assert.equal(
        statements.some(({ kind }) => kind === "TransactionStmt"),
        false,
      );
    });
  }

  it("leaves the body as long as the file, and every offset as it was", async () => {
    const sql = "-- é\nBEGIN\n ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT -- x\n;";
    const { body, statements } = await analyzeSql(sql);
    assert.equal(body.length, sql.length);
    assert.equal(body.split("\n").length, sql.split("\n").length);
    assert.doesNotMatch(body, /BEGIN|COMMIT/);
    assert.equal(body.indexOf("SELECT 1"), sql.indexOf("SELECT 1"));
    assert.equal(statements[0]?.offset, sql.indexOf("SELECT 1"));
  });

  it("is taken away in the down file, too", async () => {
    const down = { path: "migrations/03_x_down.sql", sql: "BEGIN; SELECT 2; COMMIT;" };
    const [migration] = await analyzeMigrations([fileOf("SELECT 1", { down })]);
    assert.deepEqual(
      migration?.downStatements.map(({ sql }) => sql),
      ["SELECT 2"],
    );
  });

  it("leaves a file without one as it is", async () => {
    const sql = "SELECT 1;\nSELECT 2;";
    assert.equal((await analyzeSql(sql)).body, sql);
  });
});

describe("a file's own kind of transaction", () => {
  for (const sql of [
    "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT;",
    "START TRANSACTION READ ONLY; SELECT 1; COMMIT;",
  ]) {
    it(`is refused, since the runner's is READ COMMITTED: ${sql}`, async () => {
      assert.deepEqual(await rules(sql), ["transaction-control"]);
    });
  }
});

describe("transaction control within a file", () => {
  for (const sql of [
    "BEGIN; SELECT 1;",
    "SELECT 1; COMMIT;",
    "SELECT 1; BEGIN; SELECT 2; COMMIT;",
    "BEGIN; SELECT 1; COMMIT; SELECT 2;",
    "BEGIN; SELECT 1; COMMIT AND CHAIN;",
    "SELECT 1; ROLLBACK;",
    "PREPARE TRANSACTION 'x';",
    "DO $$ BEGIN FOR i IN 1..9 LOOP UPDATE t SET a = i; COMMIT; END LOOP; END $$",
    "DO $$ BEGIN ROLLBACK; END $$",
    "DO $$ BEGIN PERFORM 1; -- then\rCOMMIT; END $$",
    "DO $$ BEGIN PERFORM E'\\''; COMMIT; PERFORM 'x'; END $$",
  ]) {
    it(`is refused: ${JSON.stringify(sql)}`, async () => {
      const { problems } = await analyzeSql(sql);
      assert.ok(problems.length > 0);
      for (const { rule, initialToo } of problems) {
        assert.equal(rule, "transaction-control");
        assert.equal(initialToo, true);
      }
    });
  }

  it("is told for each of two pairs", async () => {
    assert.equal((await rules("BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;")).length, 2);
  });

  for (const sql of [
    "SAVEPOINT a; SELECT 1; ROLLBACK TO a; RELEASE a",
    "DO $$ BEGIN RAISE NOTICE 'commit; rollback'; -- then commit\n END $$",
    "DO $$ BEGIN /* a /* b */ ; commit; */ PERFORM $q$; commit;$q$; END $$",
    "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
  ]) {
    it(`is not seen in: ${sql}`, async () => {
      assert.deepEqual(await rules(sql), []);
    });
  }
});

describe("statements that cannot run in a transaction", () => {
  it("make their file one that is applied statement by statement", async () => {
    assert.equal((await analyzeSql("CREATE INDEX CONCURRENTLY i ON t (a)")).transactional, false);
    assert.equal((await analyzeSql("CREATE INDEX i ON t (a)")).transactional, true);
  });

  for (const [sql, expected] of [
    ["CREATE INDEX CONCURRENTLY i ON t (a); CREATE TABLE u ()", ["non-transactional-mixed"]],
    ["UPDATE t SET a = 1; CREATE INDEX CONCURRENTLY i ON t (a)", ["non-transactional-mixed"]],
    ["CREATE INDEX CONCURRENTLY i ON t (a); CREATE INDEX CONCURRENTLY j ON t (b)", []],
    ["SET lock_timeout = 0; CREATE INDEX CONCURRENTLY i ON t (a)", []],
  ] as const) {
    it(`${sql}: ${expected.join() || "fine"}`, async () => {
      assert.deepEqual(await rules(sql), expected);
    });
  }
});
