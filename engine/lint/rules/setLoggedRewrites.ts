// Points at SET LOGGED or SET UNLOGGED.
import type { LintRule } from "./rule.ts";

/** SET LOGGED or SET UNLOGGED on a table that is in use. */
export const setLoggedRewritesRule: LintRule = {
  id: "set-logged-rewrites",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "SET LOGGED or SET UNLOGGED",
  why: "The whole table is written anew under ACCESS EXCLUSIVE; an unlogged table is empty after a crash and missing on replicas.",
  instead: "A quiet time, or a new table that a trigger and a backfill fill.",
  alter: ({ command, table }, { isNew }) =>
    !["AT_SetLogged", "AT_SetUnLogged"].includes(command.subtype ?? "") || isNew(table)
      ? undefined
      : {
          message: `changing the logging copies all of ${table} while nobody may read or write it`,
          remedy: "choose a quiet time, or fill a new table beside it",
          lock: { mode: "ACCESS EXCLUSIVE", table },
        },
};
