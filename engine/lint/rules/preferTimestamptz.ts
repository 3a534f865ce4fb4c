// Columns of the type timestamp without time zone.
import type { LintRule } from "./rule.ts";

/** Columns of the type timestamp without time zone. */
export const preferTimestamptzRule: LintRule = {
  id: "prefer-timestamptz",
  category: "taste",
  level: "off",
  title: "a column of the type timestamp",
  why: "What it means depends on the session's time zone, and sessions differ.",
  instead: "timestamptz.",
  column: ({ table, name, type, column }) =>
    type === "timestamp"
      ? {
          message: `${table}.${name} has no time zone`,
          remedy: "use timestamptz",
          at: column.typeName?.location ?? column.location,
        }
      : undefined,
};
