// Points at backfills without ANALYZE.
import type { LintRule } from "./rule.ts";

/** A backfill that leaves the planner's statistics as they were. */
export const analyzeAfterBackfillRule: LintRule = {
  id: "analyze-after-backfill",
  category: "taste",
  level: "off",
  title: "a backfill after which nothing analyses the table",
  why: "The planner takes the new column for empty until autovacuum comes by.",
  instead: "ANALYZE the table in the next file.",
  file: ({ migration: { backfill } }) =>
    backfill
      ? {
          message: `until ${backfill.table} is analysed the planner knows nothing of what the backfill wrote`,
          remedy: "see that the next file, or autovacuum, analyses it before queries rely on it",
          rewrite: `ANALYZE ${backfill.table};`,
        }
      : undefined,
};
