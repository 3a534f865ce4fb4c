// Points at IF NOT EXISTS that takes another object for this one.
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** CREATE TABLE IF NOT EXISTS or ADD COLUMN IF NOT EXISTS. */
export const ifNotExistsHidesDifferenceRule: LintRule = {
  id: "if-not-exists-hides-difference",
  category: "taste",
  level: "off",
  title: "IF NOT EXISTS on a table or a column",
  why: "What is there already may have other columns or another type; the migration then counts as applied all the same.",
  instead: "Without it: the ledger knows what was applied.",
  on: {
    CreateStmt: ({ if_not_exists: ifMissing, relation }) =>
      ifMissing
        ? {
            message: `a table ${relationName(relation)} with other columns would be taken for this one`,
            remedy: "leave IF NOT EXISTS out: the ledger knows what was applied",
          }
        : undefined,
  },
  alter: ({ command, table, column }) =>
    command.subtype === "AT_AddColumn" && command.missing_ok
      ? {
          message: `a column ${table}.${column?.colname ?? "?"} of another type would be taken for this one`,
          remedy: "leave IF NOT EXISTS out: the ledger knows what was applied",
        }
      : undefined,
};
