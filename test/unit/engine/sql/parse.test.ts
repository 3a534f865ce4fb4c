// Statements, their texts and offsets, and the errors of SQL that cannot be read.
import assert from "node:assert/strict";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import { byteOffsets, loadParser, parseSql } from "../../../../engine/sql/parse.ts";

async function refusal(text: string): Promise<string> {
  try {
    await parseSql(text, "m/01_a_up.sql");
  } catch (error) {
    assert.ok(isLockstepError(error), String(error));
    assert.equal(error.code, "SQL_SYNTAX");
    return formatError(error);
  }
  assert.fail("parsed without an error");
}

describe("parseSql", () => {
  it("gives each statement's kind, text and offset", async () => {
    const text = "-- é 😀\nSELECT 'ü;'; ;\n/* a /* b */ ; */ CREATE TABLE é (a int) ;\nSELECT 2";
    const statements = await parseSql(text, "x.sql");
    assert.deepEqual(
      statements.map(({ kind, sql, offset }) => [kind, sql, offset]),
      [
        ["SelectStmt", "SELECT 'ü;'", text.indexOf("SELECT")],
        ["CreateStmt", "CREATE TABLE é (a int)", text.indexOf("CREATE")],
        ["SelectStmt", "SELECT 2", text.indexOf("SELECT 2")],
      ],
    );
  });

  it("finds nothing in comments and in nothing", async () => {
    assert.deepEqual(await parseSql("", "x.sql"), []);
    assert.deepEqual(await parseSql("-- SELECT 1;\n", "x.sql"), []);
  });

  it("leaves a name whole that ends with what is white space elsewhere", async () => {
    const text = "ALTER TABLE t RENAME TO x\u00a0 ; SELECT 1 AS y\u3000";
    assert.deepEqual(
      (await parseSql(text, "x.sql")).map(({ sql }) => sql),
      ["ALTER TABLE t RENAME TO x\u00a0", "SELECT 1 AS y\u3000"],
    );
  });

  it("keeps a body of BEGIN ATOMIC in one statement", async () => {
    const text = "CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3";
    assert.equal((await parseSql(text, "x.sql")).length, 2);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    [
      "a misspelt word",
      "SELECT 1;\n  SELEC 2;",
      /at or near "SELEC"\n {2}where {2}m\/01_a_up\.sql:2:3\n.*2 \| {3}SELEC 2;\n.*\| {3}\^/,
    ],
    ["a place behind other characters", "-- é😀\nSELECT 'é😀' FROM FROM", /:2:18\n/],
    ["an open string", "SELECT 'abc", /unterminated quoted string[\s\S]*:1:8/],
    ["an end too early", "SELECT (1", /at end of input/],
    ["\\i", "\\i other.sql", /\\i is a command of psql[\s\S]*next {3}put that file's SQL here/],
    [
      "\\copy",
      "SELECT 1;\n\\copy t from 'x.csv'",
      /\\copy is a command of psql[\s\S]*:2:1[\s\S]*INSERT/,
    ],
    ["\\connect", "\\connect other", /\\connect is a command[\s\S]*the runner is connected to/],
    ["\\set", "\\set x 1", /\\set is a command[\s\S]*write the value itself/],
    ["\\gexec", "SELECT 1\\gexec", /\\gexec is a command[\s\S]*DO block/],
    ["another psql command", "\\timing", /\\timing is a command[\s\S]*remove it/],
    ["a psql variable", "SELECT :'name'", /a variable of psql/],
    [
      "COPY with its rows",
      "COPY t FROM STDIN;\n1\tx\n\\.\n",
      /^COPY FROM STDIN[\s\S]*:2:1[\s\S]*pg_dump --inserts/,
    ],
    [
      "COPY with rows that hold quotes and semicolons",
      "SELECT 1;\nCOPY t FROM STDIN;\na;b'c\tit's; x\n\\.\n",
      /^COPY FROM STDIN[\s\S]*:3:1/,
    ],
    ["COPY whose first row is NULL", "COPY t FROM STDIN;\n\\N\t1\n\\.\n", /^COPY FROM STDIN/],
    ["COPY of no rows, as pg_dump writes it", "COPY t FROM stdin;\n\\.\n", /^COPY FROM STDIN/],
    ["a NUL, behind which nothing would be read", "SELECT 1;\n\0 DROP TABLE t;", /NUL[\s\S]*:2:1/],
    ["COPY FROM STDIN alone", "SELECT 1; COPY t FROM STDIN;", /^COPY FROM STDIN[\s\S]*:1:11/],
    ["COPY TO STDOUT", "COPY t TO STDOUT", /TO STDOUT/],
    [
      "brackets without end",
      `SELECT ${"(".repeat(20_000)}1${")".repeat(20_000)}`,
      /memory exhausted/,
    ],
    [
      "operators without end",
      // Far more than any tier of V8's code has stack for, while the grammar's own stack stays empty.
      `SELECT a${" + a".repeat(50_000)}`,
      /^A statement is nested too deeply[\s\S]*ANY \(ARRAY/,
    ],
  ];
  for (const [what, text, expected] of refused) {
    it(`refuses ${what}`, async () => {
      const shown = await refusal(text);
      assert.match(shown, expected);
      assert.ok(
        shown.split("\n").every((line) => line.length <= 120),
        shown,
      );
    });
  }

  it("leaves COPY of server files, and backslashes in strings, alone", async () => {
    const text = "COPY t FROM '/tmp/x'; COPY t FROM PROGRAM 'ls'; SELECT E'\\i', '\\i', $$\\i$$;";
    assert.equal((await parseSql(text, "x.sql")).length, 3);
  });

  it("works again after a text that was refused", async () => {
    await refusal("SELECT (");
    assert.equal((await parseSql("SELECT 1", "x.sql")).length, 1);
  });
});

describe("comments", () => {
  it("gives comments with their offsets, and no string that looks like one", async () => {
    const text = "-- é\nSELECT '-- no', $$ -- no $$; /* 😀 /* b */ */ -- last";
    const comments = (await loadParser()).comments(text);
    assert.deepEqual(
      comments.map(({ text: comment, offset }) => [comment, offset]),
      [
        ["-- é", 0],
        ["/* 😀 /* b */ */", text.indexOf("/*")],
        ["-- last", text.indexOf("-- last")],
      ],
    );
  });
});

describe("byteOffsets", () => {
  it("converts any offset, in any order", () => {
    const text = "aé日😀z";
    const toOffset = byteOffsets(text);
    assert.deepEqual([0, 1, 3, 6, 10, 11, 3].map(toOffset), [0, 1, 2, 3, 5, 6, 2]);
  });
});
