// Points at changes of type that write the whole table anew.
import { columnOf } from "../schema/schema.ts";
import { typeChangeCost } from "../schema/typeChange.ts";
import type { LintRule } from "./rule.ts";

/** ALTER COLUMN TYPE that is no mere change of the catalogue. */
export const typeChangeRewritesRule: LintRule = {
  id: "type-change-rewrites",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "a change of type that rewrites the table or its indexes",
  why: "Every row is written anew under ACCESS EXCLUSIVE, with all indexes; nobody reads or writes the table meanwhile, and it needs its size again on the disk.",
  instead:
    "A new column, kept in step by a trigger, backfilled, used, and the old one dropped in a contract file.",
  alter: ({ command, table, name, column }, { isNew, schema }) => {
    if (command.subtype !== "AT_AlterColumnType" || !column || isNew(table)) return undefined;
    const known = columnOf(schema, table, name);
    const cost = typeChangeCost(known, column);
    if (cost === "catalogue") return undefined;
    const scans = cost === "scan";
    return {
      message: scans
        ? `the new type of ${table}.${name} has every row read while nobody else may`
        : `the new type of ${table}.${name} has every row written anew while nobody else may read or write`,
      remedy:
        "add a column of the new type, keep both in step, backfill, switch, and drop the old one",
      lock: { mode: "ACCESS EXCLUSIVE", table },
      at: column.location,
    };
  },
};
