// Columns of the type money.
import type { LintRule } from "./rule.ts";

/** Columns of the type money. */
export const moneyColumnRule: LintRule = {
  id: "money-column",
  category: "taste",
  level: "off",
  title: "a column of the type money",
  why: "Its fraction and its output depend on lc_monetary of the server.",
  instead: "numeric, or whole cents as bigint.",
  column: ({ table, name, type, column }) =>
    type === "money"
      ? {
          message: `${table}.${name} depends on lc_monetary`,
          remedy: "use numeric, or bigint for cents",
          at: column.typeName?.location ?? column.location,
        }
      : undefined,
};
