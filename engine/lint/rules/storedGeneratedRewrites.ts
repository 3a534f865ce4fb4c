// Points at generated columns that are written for every row.
import type { LintRule } from "./rule.ts";

/** ADD COLUMN ... GENERATED ALWAYS AS ... STORED. */
export const storedGeneratedRewritesRule: LintRule = {
  id: "stored-generated-rewrites",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ADD COLUMN ... GENERATED ALWAYS AS (...) STORED",
  why: "Every row is written anew under ACCESS EXCLUSIVE.",
  instead:
    "A plain column that a trigger fills, with a backfill; a virtual one (PostgreSQL 18); or a view.",
  column: ({ table, name, constraints, isAdded }, { isNew }) => {
    const found = constraints.find(({ contype }) => contype === "CONSTR_GENERATED");
    // The grammar marks VIRTUAL with a v; what is not said is virtual only from 18 on.
    if (!isAdded || isNew(table) || !found || found.generated_kind === "v") return undefined;
    return {
      message: `the generated column ${table}.${name} is written for every row while nobody may read or write the table`,
      remedy: "make it a plain column that a trigger fills, and backfill it",
      at: found.location,
      lock: { mode: "ACCESS EXCLUSIVE", table },
    };
  },
};
