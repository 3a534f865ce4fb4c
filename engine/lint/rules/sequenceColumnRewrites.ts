// Points at serial and identity columns on existing tables.
import { isSerial } from "../columns.ts";
import type { LintRule } from "./rule.ts";

/** ADD COLUMN of a serial type or AS IDENTITY. */
export const sequenceColumnRewritesRule: LintRule = {
  id: "sequence-column-rewrites",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ADD COLUMN serial or AS IDENTITY",
  why: "Each row gets a number of its own: the whole table is written anew under ACCESS EXCLUSIVE.",
  instead: "A nullable column, a sequence as its default, and a backfill.",
  column: ({ table, name, column, constraints, isAdded }, { isNew }) => {
    const found = constraints.find(({ contype }) => contype === "CONSTR_IDENTITY");
    if (!isAdded || isNew(table) || (!found && !isSerial(column))) return undefined;
    return {
      message: `${table}.${name} numbers every row: the table is written anew while nobody may read or write it`,
      remedy: "add it as a nullable column with a sequence as its default, and backfill",
      at: column.location,
      lock: { mode: "ACCESS EXCLUSIVE", table },
    };
  },
};
