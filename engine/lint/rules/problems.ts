// What would be refused when the file is applied, as findings.
import type { LintRule } from "./rule.ts";

/** Every problem of the analysis is an error here, under the same id. */
export const problemsRule: LintRule = {
  ids: [
    "mixed-stages",
    "breaks-running-code",
    "name-contradicts-sql",
    "data-loss-in-expand",
    "transaction-control",
    "non-transactional-mixed",
    "enum-value-used",
    "concurrent-index-unnamed",
  ],
  check: ({ problems }) =>
    problems.map(({ rule, message, where, remedy }) => ({
      rule,
      severity: "error" as const,
      message,
      where,
      remedy,
    })),
};
