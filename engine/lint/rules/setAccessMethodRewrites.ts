// Points at SET ACCESS METHOD.
import type { LintRule } from "./rule.ts";

/** SET ACCESS METHOD on a table that is in use. */
export const setAccessMethodRewritesRule: LintRule = {
  id: "set-access-method-rewrites",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "SET ACCESS METHOD",
  why: "The whole table is copied under ACCESS EXCLUSIVE, and what is copied goes through the WAL to every replica.",
  instead: "A quiet time, or a new table that a trigger and a backfill fill.",
  alter: ({ command, table }, { isNew }) =>
    !["AT_SetAccessMethod"].includes(command.subtype ?? "") || isNew(table)
      ? undefined
      : {
          message: `changing the access method copies all of ${table} while nobody may read or write it`,
          remedy: "choose a quiet time, or fill a new table beside it",
          lock: { mode: "ACCESS EXCLUSIVE", table },
        },
};
