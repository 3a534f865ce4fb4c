// Points at primary keys that make columns NOT NULL on the way.
import { columnOf } from "../schema/schema.ts";
import type { LintRule } from "./rule.ts";

/** A primary key taken over from an index whose columns may be null. */
export const primaryKeyOnNullableRule: LintRule = {
  id: "primary-key-on-nullable",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "PRIMARY KEY USING INDEX over nullable columns",
  why: "PostgreSQL sets the columns NOT NULL on the way, and reads every row under ACCESS EXCLUSIVE for it.",
  instead: "SET NOT NULL first, in the safe way (see set-not-null-scans).",
  alter: ({ command, table, constraint }, { isNew, schema }) => {
    if (command.subtype !== "AT_AddConstraint" || constraint?.contype !== "CONSTR_PRIMARY")
      return undefined;
    if (!constraint.indexname || isNew(table)) return undefined;
    const index = schema.indexes.get(constraint.indexname);
    const open = (index?.columns ?? []).filter(
      (name) => columnOf(schema, table, name)?.notNull === false,
    );
    if (open.length === 0) return undefined;
    return {
      message: `${open.join(", ")} of ${table} may be null: making it a primary key reads every row while nobody else may`,
      remedy: "make the columns NOT NULL first, with a validated CHECK",
      at: constraint.location,
      lock: { mode: "ACCESS EXCLUSIVE", table },
    };
  },
};
