// Columns of the type varchar(n).
import type { LintRule } from "./rule.ts";

/** Columns of the type varchar(n). */
export const preferTextRule: LintRule = {
  id: "prefer-text",
  category: "taste",
  level: "off",
  title: "a column of the type varchar(n)",
  why: "A limit in the type is harder to change than one in a CHECK, which can be added NOT VALID.",
  instead: "text, with a CHECK on its length.",
  column: ({ table, name, type, column }) =>
    type === "varchar" && (column.typeName?.typmods ?? []).length > 0
      ? {
          message: `${table}.${name} has its limit in the type`,
          remedy: "use text with a CHECK on its length",
          at: column.typeName?.location ?? column.location,
        }
      : undefined,
};
