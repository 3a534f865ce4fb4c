// Columns of a serial type.
import { isSerial } from "../columns.ts";
import type { LintRule } from "./rule.ts";

/** Columns of a serial type. */
export const preferIdentityRule: LintRule = {
  id: "prefer-identity",
  category: "taste",
  level: "off",
  title: "a column of a serial type",
  why: "The sequence has an owner and rights of its own, and dumps and copies of the table treat it specially.",
  instead: "GENERATED ALWAYS AS IDENTITY.",
  column: ({ table, name, column }) =>
    isSerial(column)
      ? {
          message: `${table}.${name} is serial`,
          remedy: "use bigint GENERATED ALWAYS AS IDENTITY",
          at: column.typeName?.location ?? column.location,
        }
      : undefined,
};
