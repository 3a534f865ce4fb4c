// Columns of the type json.
import type { LintRule } from "./rule.ts";

/** Columns of the type json. */
export const jsonColumnRule: LintRule = {
  id: "json-column",
  category: "correctness",
  level: "warning",
  title: "a column of the type json",
  why: "json has no equality: SELECT DISTINCT, GROUP BY and UNION of rows with it fail in queries that worked before, and it can take no index.",
  instead: "jsonb.",
  column: ({ table, name, type, column }) =>
    type === "json"
      ? {
          message: `${table}.${name} is json, which has no equality: DISTINCT, GROUP BY and UNION over it fail`,
          remedy: "use jsonb",
          at: column.typeName?.location ?? column.location,
        }
      : undefined,
};
