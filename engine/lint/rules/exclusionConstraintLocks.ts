// Points at exclusion constraints on tables that are in use.
import type { LintRule } from "./rule.ts";

/** An EXCLUDE constraint on an existing table. */
export const exclusionConstraintLocksRule: LintRule = {
  id: "exclusion-constraint-locks",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ADD EXCLUDE",
  why: "Its index is built under ACCESS EXCLUSIVE; PostgreSQL has no concurrent way for it.",
  instead:
    "A quiet time for a small table; for a big one a new table with the constraint, filled by a trigger and a backfill.",
  alter: ({ command, table, constraint }, { isNew }) =>
    command.subtype !== "AT_AddConstraint" ||
    constraint?.contype !== "CONSTR_EXCLUSION" ||
    isNew(table)
      ? undefined
      : {
          message: `the exclusion constraint builds its index while nobody may read or write ${table}`,
          remedy:
            "there is no concurrent way: choose a quiet time, or a new table with a sync trigger",
          at: constraint.location,
          lock: { mode: "ACCESS EXCLUSIVE", table },
        },
};
