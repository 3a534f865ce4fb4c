// Points at constraints without a name.
import type { LintRule } from "./rule.ts";

/** ADD CONSTRAINT without a name. */
export const unnamedConstraintRule: LintRule = {
  id: "unnamed-constraint",
  category: "taste",
  level: "off",
  title: "a constraint without a name",
  why: "PostgreSQL makes one up, and the down file and later migrations have to guess it.",
  instead: "CONSTRAINT name.",
  alter: ({ command, table, constraint }) =>
    command.subtype === "AT_AddConstraint" && constraint && constraint.conname === undefined
      ? {
          message: `a constraint of ${table} gets whatever name PostgreSQL makes up`,
          remedy: "name it: ADD CONSTRAINT name ...",
          at: constraint.location,
        }
      : undefined,
};
