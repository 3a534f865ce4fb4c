// Points at SET TABLESPACE.
import type { LintRule } from "./rule.ts";

/** SET TABLESPACE on a table that is in use. */
export const setTablespaceRewritesRule: LintRule = {
  id: "set-tablespace-rewrites",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "SET TABLESPACE",
  why: "The whole table is copied under ACCESS EXCLUSIVE, and what is copied goes through the WAL to every replica.",
  instead: "A quiet time, or a new table that a trigger and a backfill fill.",
  alter: ({ command, table }, { isNew }) =>
    !["AT_SetTableSpace"].includes(command.subtype ?? "") || isNew(table)
      ? undefined
      : {
          message: `changing the tablespace copies all of ${table} while nobody may read or write it`,
          remedy: "choose a quiet time, or fill a new table beside it",
          lock: { mode: "ACCESS EXCLUSIVE", table },
        },
};
