// States what a lint rule finds and what it lets pass, and makes tests of it.
import assert from "node:assert/strict";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { lintMigrations } from "../../../../engine/lint/lintMigrations.ts";
import type { LintFinding, ServerFacts } from "../../../../engine/lint/rules/rule.ts";
import { fileOf } from "./analyzeSql.ts";

/** SQL of one file; of several where each is a release of its own and the last is looked at. */
type Sql = string | readonly string[];

/** What a rule is to do. */
export interface RuleCases {
  /** SQL that it finds, and what the message, the remedy or the rewrite must hold. */
  readonly finds: readonly (readonly [Sql, RegExp])[];
  /** SQL that it lets pass. */
  readonly passes: readonly Sql[];
  readonly server?: ServerFacts;
}

/** All findings of `rule` in the last of the files, with the rule switched on. */
async function findingsOf(
  rule: string,
  sql: Sql,
  server: ServerFacts = {},
): Promise<readonly LintFinding[]> {
  const texts = typeof sql === "string" ? [sql] : sql;
  const migrations = await analyzeMigrations(
    texts.map((text, index) =>
      fileOf(text, {
        number: String(index + 1).padStart(2, "0"),
        order: BigInt(index + 1),
      }),
    ),
  );
  const found = await lintMigrations({
    migrations,
    pending: migrations.slice(-1),
    levels: { [rule]: "warning" },
    server,
  });
  return found.filter((finding) => finding.rule === rule);
}

/** Tests for one rule. */
export function ruleCases(rule: string, { finds, passes, server }: RuleCases): void {
  describe(`rule ${rule}`, () => {
    for (const [sql, words] of finds) {
      it(`finds ${shown(sql)}`, async () => {
        const [finding, ...others] = await findingsOf(rule, sql, server);
        assert.ok(finding, "nothing was found");
        assert.deepEqual(others, []);
        const { message, remedy, rewrite = "", lock } = finding;
        assert.match([message, remedy, rewrite, lock?.mode, lock?.table].join("\n"), words);
      });
    }
    for (const sql of passes) {
      it(`lets ${shown(sql)} pass`, async () => {
        assert.deepEqual(await findingsOf(rule, sql, server), []);
      });
    }
  });
}

function shown(sql: Sql): string {
  const text = typeof sql === "string" ? sql : sql.join(" | ");
  return text.replace(/\s+/g, " ").slice(0, 90);
}
