// Points at IF NOT EXISTS that takes a broken index for a good one.
import type { LintRule } from "./rule.ts";

/** CREATE INDEX CONCURRENTLY IF NOT EXISTS. */
export const ifNotExistsOnIndexRule: LintRule = {
  id: "if-not-exists-on-index",
  category: "correctness",
  level: "warning",
  title: "CREATE INDEX CONCURRENTLY IF NOT EXISTS",
  why: "A build that failed leaves an INVALID index behind. IF NOT EXISTS takes it for the index: the migration counts as applied, and no query ever uses it.",
  instead:
    "Without IF NOT EXISTS: what an interrupted run left INVALID lockstep drops and builds again.",
  on: {
    IndexStmt: ({ concurrent, if_not_exists: ifMissing, idxname = "?" }, { statement }) =>
      concurrent && ifMissing
        ? {
            message: `an INVALID ${idxname} that a failed build left would be taken for the index`,
            remedy:
              "leave IF NOT EXISTS out; lockstep itself drops what its own build left INVALID",
            rewrite: statement.sql.replace(/\bif\s+not\s+exists\s+/i, ""),
          }
        : undefined,
  },
};
