// Columns of the types int and smallint.
import type { LintRule } from "./rule.ts";

/** Columns of the types int and smallint. */
export const preferBigintRule: LintRule = {
  id: "prefer-bigint",
  category: "taste",
  level: "off",
  title: "a column of the type integer or smallint",
  why: "Making it wider later rewrites the table.",
  instead: "bigint.",
  column: ({ table, name, type, column }) =>
    /^int[24]$/.test(type)
      ? {
          message: `${table}.${name} may have to grow one day, which rewrites the table`,
          remedy: "use bigint",
          at: column.typeName?.location ?? column.location,
        }
      : undefined,
};
