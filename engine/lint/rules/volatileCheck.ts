// Points at checks whose answer changes.
import type { Constraint } from "@pgsql/types";
import { calledFunctions } from "../dataChange.ts";
import { volatileCalls } from "../schema/volatility.ts";
import { findAll, tableConstraints } from "../tree.ts";
import type { Hit, RuleContext } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** CHECK with a function that is not immutable. */
export const volatileCheckRule: LintRule = {
  id: "volatile-check",
  category: "correctness",
  level: "warning",
  title: "a CHECK that depends on the time or on chance",
  why: "Rows that passed may fail later: a dump with them cannot be restored, and an update of another column fails.",
  instead: "A trigger, which looks once; or a condition on the row alone.",
  on: {
    CreateStmt: (node, context) =>
      tableConstraints(node).flatMap((constraint) => changing(constraint, context) ?? []),
  },
  alter: ({ constraint }, context) => constraint && changing(constraint, context),
  column: ({ constraints }, context) =>
    constraints.flatMap((constraint) => changing(constraint, context) ?? []),
};

/** Stable functions that give another answer later. */
const CLOCK = new Set(["now", "transaction_timestamp", "statement_timestamp", "age"]);

function changing(constraint: Constraint, { schema }: RuleContext): Hit | undefined {
  if (constraint.contype !== "CONSTR_CHECK") return undefined;
  const expression = constraint.raw_expr;
  const clock =
    findAll(expression, "SQLValueFunction").length > 0 ? "the current time or user" : undefined;
  const called = calledFunctions(expression).find((name) => CLOCK.has(name));
  const found = volatileCalls(expression, schema)[0] ?? called;
  const what = found === undefined ? clock : `${found}()`;
  if (what === undefined) return undefined;
  return {
    message: `the CHECK depends on ${what}: rows that pass today may fail tomorrow, also in a restore`,
    remedy: "use a trigger, which looks once",
    at: constraint.location,
  };
}
