// Points at rewrite rules.
import type { LintRule } from "./rule.ts";

/** CREATE RULE. */
export const createRuleRule: LintRule = {
  id: "create-rule",
  category: "taste",
  level: "off",
  title: "CREATE RULE",
  why: "Rules rewrite queries in ways that surprise: volatile functions run twice, and counts of rows are wrong.",
  instead: "A trigger, or a view that can be written to.",
  on: {
    RuleStmt: ({ rulename = "?" }) => ({
      message: `rule ${rulename} rewrites queries in ways that surprise`,
      remedy: "use a trigger",
    }),
  },
};
