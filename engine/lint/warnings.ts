// Runs all lint rules over migrations.
import type { Migration } from "../sources/migration.ts";
import { dropsRule } from "./rules/drops.ts";
import { noWayBackRule } from "./rules/noWayBack.ts";
import { opaqueRule } from "./rules/opaque.ts";
import { problemsRule } from "./rules/problems.ts";
import type { LintFinding, LintRule } from "./rules/rule.ts";
import { stageSourceRule } from "./rules/stageSource.ts";

export type { LintFinding, LintRule, Severity } from "./rules/rule.ts";

/** The registry: a new rule is a file in rules/ and a line here. */
export const LINT_RULES: readonly LintRule[] = [
  problemsRule,
  dropsRule,
  stageSourceRule,
  opaqueRule,
  noWayBackRule,
];

/** What all rules find, file by file in order, rule by rule within a file. */
export function lintMigrations(migrations: readonly Migration[]): readonly LintFinding[] {
  return migrations.flatMap((migration) => LINT_RULES.flatMap((rule) => rule.check(migration)));
}
