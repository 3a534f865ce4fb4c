// Points at materialized views that are refreshed while readers wait.
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** REFRESH MATERIALIZED VIEW without CONCURRENTLY. */
export const refreshNotConcurrentRule: LintRule = {
  id: "refresh-not-concurrent",
  category: "locks",
  level: "warning",
  grows: "beyond",
  title: "REFRESH MATERIALIZED VIEW without CONCURRENTLY",
  why: "Nobody can read the view until its query has run.",
  instead:
    "REFRESH MATERIALIZED VIEW CONCURRENTLY; the view needs a unique index over all rows for it.",
  on: {
    RefreshMatViewStmt: ({ concurrent, skipData, relation }, { isNew, statement }) =>
      concurrent || skipData || isNew(relation)
        ? undefined
        : {
            message: `the refresh of ${relationName(relation)} holds off its readers until it is done`,
            remedy: "say CONCURRENTLY; the view needs a unique index on plain columns for it",
            lock: { mode: "ACCESS EXCLUSIVE", table: relationName(relation) },
            rewrite: statement.sql.replace(/\bview\b/i, "VIEW CONCURRENTLY"),
          },
  },
};
