// How a finding of lint reads.
import type { LintFinding } from "../engine/lint/lintMigrations.ts";

/** Severity and message, then where and what to do, each on a line of its own. */
export function findingLines(finding: LintFinding, indent = ""): readonly string[] {
  const { severity, message, where, remedy, rule } = finding;
  return [
    `${indent}${severity}: ${message} (${rule})`,
    `${indent}  where  ${where}`,
    `${indent}  next   ${remedy}`,
  ];
}
