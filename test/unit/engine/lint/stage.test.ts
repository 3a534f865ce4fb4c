// The stage of files, and the problems that stand against applying them.
import assert from "node:assert/strict";
import { stageOfName } from "../../../../engine/lint/stage.ts";
import type { Stage } from "../../../../engine/sources/migration.ts";
import { analyzeSql } from "./analyzeSql.ts";

describe("stage", () => {
  const cases: readonly (readonly [string, string, Stage, "sql" | "name", string[]])[] = [
    ["add_phone", "ALTER TABLE t ADD phone text", "expand", "sql", []],
    ["phone", "ALTER TABLE t ADD phone text", "expand", "sql", []],
    ["remove_phone", "ALTER TABLE t DROP phone", "contract", "sql", []],
    ["phone", "ALTER TABLE t DROP phone", "contract", "sql", []],
    ["require_phone", "ALTER TABLE t ALTER phone SET NOT NULL", "contract", "sql", []],
    ["fill_phone", "UPDATE t SET phone = ''", "expand", "name", []],
    ["drop_phone_check", "ALTER TABLE t DROP CONSTRAINT c", "contract", "name", []],
    ["add_phone_rows", "INSERT INTO t VALUES (1)", "expand", "name", []],
    ["add_phone", "ALTER TABLE t DROP phone", "contract", "sql", ["name-contradicts-sql"]],
    ["drop_phone", "ALTER TABLE t ADD phone text", "expand", "sql", ["name-contradicts-sql"]],
    ["phone", "ALTER TABLE t ADD a int; ALTER TABLE t DROP b", "contract", "sql", ["mixed-stages"]],
    ["add_phone", "ALTER TABLE t ADD a int, DROP b", "contract", "sql", ["mixed-stages"]],
    ["phone", "ALTER TABLE t RENAME a TO b", "contract", "sql", ["breaks-running-code"]],
    ["add_phone", "ALTER TABLE t ADD a int NOT NULL", "contract", "sql", ["breaks-running-code"]],
    [
      "remove_a",
      "DROP VIEW v; ALTER TABLE t DROP a; CREATE VIEW v AS SELECT b FROM t",
      "contract",
      "sql",
      [],
    ],
    [
      "replace_f",
      "DROP FUNCTION f(); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      "expand",
      "name",
      [],
    ],
  ];
  for (const [name, sql, stage, stageFrom, rules] of cases) {
    it(`${name}: ${sql} -> ${stage} by ${stageFrom} ${rules.join(" ")}`, async () => {
      const migration = await analyzeSql(sql, name);
      assert.equal(migration.stage, stage);
      assert.equal(migration.stageFrom, stageFrom);
      assert.deepEqual(
        migration.problems.map(({ rule }) => rule),
        rules,
      );
    });
  }

  it("is the SQL's where the name is silent, the name's where both are told alike", () => {
    assert.equal(stageOfName("add_x"), "expand");
    assert.equal(stageOfName("create_x"), "expand");
    assert.equal(stageOfName("remove_x"), "contract");
    assert.equal(stageOfName("drop_x"), "contract");
    assert.equal(stageOfName("address_book"), undefined);
    assert.equal(stageOfName("x_add_y"), undefined);
  });
});

describe("problems of stages", () => {
  it("name what a mixed file adds and what it removes, the place and the split", async () => {
    const { problems } = await analyzeSql(
      "ALTER TABLE t ADD COLUMN a int;\nCREATE INDEX i ON t (a);\nALTER TABLE t DROP COLUMN b;",
      "phone",
    );
    const [problem] = problems;
    assert.match(
      problem?.message ?? "",
      /adds column t\.a, creates index i on t \(expand\) and also drops column t\.b \(contract\)/,
    );
    assert.equal(problem?.where, "migrations/03_phone_up.sql:3:1");
    assert.match(problem.remedy, /lockstep rewrite 03 writes it as two files/);
    assert.equal(
      problem.rewrite,
      [
        "-- 03_add_phone (expand)",
        "ALTER TABLE t ADD COLUMN a int;",
        "CREATE INDEX i ON t (a);",
        "-- a file behind all others: remove_phone (contract)",
        "ALTER TABLE t DROP COLUMN b;",
      ].join("\n"),
    );
    assert.equal(problem.initialToo, false);
  });

  it("name the five steps where a statement breaks running code", async () => {
    const { problems } = await analyzeSql("ALTER TABLE t RENAME a TO b", "phone");
    assert.match(
      problems[0]?.remedy ?? "",
      /lockstep rewrite 03 writes the steps as files: .* a sync trigger both ways, backfill, .*drop of the old one/,
    );
  });

  it("name both sides of a contradiction and a way out", async () => {
    const { problems } = await analyzeSql("ALTER TABLE t DROP a", "add_phone");
    assert.match(
      problems[0]?.message ?? "",
      /add_phone says expand, but the file drops column t\.a, which is contract/,
    );
    assert.match(problems[0]?.remedy ?? "", /remove_ or drop_.*stage=contract reason=/);
  });

  for (const sql of ["DROP TABLE t", "ALTER TABLE t DROP a", "TRUNCATE t", "DROP TYPE y CASCADE"]) {
    it(`stand against losing data in expand, whatever the head says: ${sql}`, async () => {
      const head = '-- lockstep: stage=expand reason="nobody uses it"\n';
      const { problems, stage } = await analyzeSql(head + sql);
      assert.equal(stage, "expand");
      assert.deepEqual(
        problems.map(({ rule }) => rule),
        ["data-loss-in-expand"],
      );
    });
  }

  for (const sql of [
    "DROP INDEX i",
    "DELETE FROM t WHERE a IS NULL",
    "ALTER TABLE t ADD a int; DROP VIEW v",
  ]) {
    it(`are none where the head takes the responsibility: ${sql}`, async () => {
      const head = '-- lockstep: stage=expand reason="nobody uses it"\n';
      assert.deepEqual((await analyzeSql(head + sql)).problems, []);
    });
  }
});
