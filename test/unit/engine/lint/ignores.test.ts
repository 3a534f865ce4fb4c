// Comments that answer findings: -- lockstep: ignore RULE REASON.
import assert from "node:assert/strict";
import { lintMigrations } from "../../../../engine/lint/lintMigrations.ts";
import { analyzeSql } from "./analyzeSql.ts";

/** `rule line` of each finding of a file of that name. */
async function told(sql: string, name = "drop_index"): Promise<string[]> {
  const findings = await lintMigrations({ migrations: [await analyzeSql(sql, name)] });
  return findings.map(({ rule, start }) => `${rule} ${start.line}`);
}

const DROP = "drop table a";

describe("ignore comments", () => {
  const cases: readonly (readonly [string, string, string[]])[] = [
    ["above the statement", `-- lockstep: ignore drops-data unused since 1.0\n${DROP};`, []],
    ["on its line, behind it", `${DROP}; -- lockstep: ignore drops-data unused since 1.0\n`, []],
    ["within it", "drop table\n-- lockstep: ignore drops-data unused\na;", []],
    [
      "for this statement only",
      `-- lockstep: ignore drops-data unused\n${DROP};\ndrop table b;`,
      ["strong-locks-on-several-tables 1", "drops-data 3"],
    ],
    [
      "for the whole file",
      `-- lockstep: ignore-file drops-data old\n${DROP};\nselect 1;\nalter table a drop c;`,
      [],
    ],
    [
      "without a reason answers nothing",
      `-- lockstep: ignore drops-data\n${DROP};`,
      ["bad-ignore 1", "drops-data 2"],
    ],
    [
      "for a rule that is not there",
      `-- lockstep: ignore drop-data unused\n${DROP};`,
      ["bad-ignore 1", "drops-data 2"],
    ],
    [
      "for a refusal of the runner's",
      `-- lockstep: ignore mixed-stages it is fine\ndrop index concurrently i;`,
      ["bad-ignore 1", "drops-object 2"],
    ],
    ["without a rule", `-- lockstep: ignore\nselect 1;`, ["bad-ignore 1"]],
    [
      "that nothing follows",
      `drop index concurrently i;\n\n-- lockstep: ignore drops-object why not`,
      ["drops-object 1", "bad-ignore 3"],
    ],
    [
      "that answers nothing",
      `-- lockstep: ignore drops-data unused\nselect 1;`,
      ["unused-ignore 1"],
    ],
    [
      "for a rule that is off answers nothing",
      `-- lockstep: ignore prefer-bigint small for ever\nselect 1;`,
      ["unused-ignore 1"],
    ],
  ];
  for (const [what, sql, expected] of cases) {
    it(what, async () => {
      assert.deepEqual(await told(sql), expected);
    });
  }

  it("says what is wrong with a comment, and where", async () => {
    const migrations = [await analyzeSql(`${DROP};\n  -- lockstep: ignore drops-dat x`)];
    const findings = await lintMigrations({ migrations });
    const bad = findings.find(({ rule }) => rule === "bad-ignore");
    assert.match(bad?.message ?? "", /there is no rule drops-dat/);
    assert.equal(bad?.severity, "error");
    assert.match(bad.where, /:2:3$/);
  });
});
