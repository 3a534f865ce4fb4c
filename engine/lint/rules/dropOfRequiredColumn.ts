// Points at dropped columns that the new code had to fill.
import { columnOf } from "../schema/schema.ts";
import { quoteName, quoteTable } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** DROP COLUMN of a column that is NOT NULL without a default. */
export const dropOfRequiredColumnRule: LintRule = {
  id: "drop-of-required-column",
  category: "compatibility",
  level: "warning",
  title: "a column that is dropped while it is still required",
  why: "Between the rollout and contract the new code, which no longer knows the column, cannot insert a row: the column is NOT NULL and has no default.",
  instead:
    "DROP NOT NULL (or SET DEFAULT) in an expand file of the same release, DROP COLUMN in contract.",
  alter: ({ command, table, name }, { schema, isNew }) => {
    if (command.subtype !== "AT_DropColumn" || isNew(table)) return undefined;
    const known = columnOf(schema, table, name);
    if (!known?.notNull || known.hasDefault) return undefined;
    return {
      message: `${table}.${name} is required until it is dropped: code that no longer knows it cannot insert a row before contract`,
      remedy: "make it optional in an expand file of this release",
      rewrite: `ALTER TABLE ${quoteTable(table)} ALTER COLUMN ${quoteName(name)} DROP NOT NULL;`,
    };
  },
};
