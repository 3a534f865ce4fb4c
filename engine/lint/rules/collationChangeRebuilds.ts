// Points at changes of collation.
import type { LintRule } from "./rule.ts";

/** ALTER COLUMN TYPE ... COLLATE. */
export const collationChangeRebuildsRule: LintRule = {
  id: "collation-change-rebuilds",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "a change of collation",
  why: "All indexes on the column are built anew under ACCESS EXCLUSIVE, and the order of rows changes for the running code.",
  instead:
    "A new column with the collation, kept in step and backfilled; or an index with the collation (CREATE INDEX CONCURRENTLY ... (c COLLATE ...)).",
  alter: ({ command, table, name, column }, { isNew }) =>
    command.subtype !== "AT_AlterColumnType" || !column?.collClause || isNew(table)
      ? undefined
      : {
          message: `another collation of ${table}.${name} builds its indexes anew while nobody may read or write`,
          remedy: "give the collation to a new column, or to an index of its own",
          lock: { mode: "ACCESS EXCLUSIVE", table },
          at: column.collClause.location,
        },
};
