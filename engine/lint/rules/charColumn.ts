// Columns of the type char(n).
import type { LintRule } from "./rule.ts";

/** Columns of the type char(n). */
export const charColumnRule: LintRule = {
  id: "char-column",
  category: "taste",
  level: "off",
  title: "a column of the type char(n)",
  why: "Values are padded with blanks, which some comparisons leave out and others do not.",
  instead: "text, with a CHECK on its length.",
  column: ({ table, name, type, column }) =>
    type === "bpchar"
      ? {
          message: `${table}.${name} is padded with blanks`,
          remedy: "use text",
          at: column.typeName?.location ?? column.location,
        }
      : undefined,
};
