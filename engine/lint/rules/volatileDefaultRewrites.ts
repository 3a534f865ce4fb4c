// Points at new columns whose default is computed for every row.
import { volatileCalls } from "../schema/volatility.ts";
import { quoteName, quoteTable } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** ADD COLUMN with a volatile default. */
export const volatileDefaultRewritesRule: LintRule = {
  id: "volatile-default-rewrites",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ADD COLUMN with a default that differs from row to row",
  why: "A constant is kept in the catalogue, but a volatile function is called for each row: the whole table is written anew under ACCESS EXCLUSIVE.",
  instead:
    "Add the column without default, SET DEFAULT for new rows, and fill the old ones in a backfill.",
  column: ({ table, name, column, constraints, isAdded }, { isNew, schema }) => {
    if (!isAdded || isNew(table)) return undefined;
    const found = constraints.find(({ contype }) => contype === "CONSTR_DEFAULT");
    const [called] = volatileCalls(found?.raw_expr, schema);
    if (called === undefined) return undefined;
    const on = `ALTER TABLE ${quoteTable(table)}`;
    return {
      message: `the default of ${table}.${name} calls ${called}() for each row: the table is written anew while nobody may read or write it`,
      remedy: "add it without default, set the default after that, and backfill",
      at: found?.location ?? column.location,
      lock: { mode: "ACCESS EXCLUSIVE", table },
      rewrite: `${on} ADD COLUMN ${quoteName(name)} ...;\n${on} ALTER COLUMN ${quoteName(name)} SET DEFAULT ${called}(...);\n-- and a backfill file for the rows that are there`,
    };
  },
};
