// Points at primary keys whose index is built while the table is locked.
import { constraintsOf } from "../columns.ts";
import { constraintColumns } from "../tree.ts";
import { buildsIndex } from "./buildsIndex.ts";
import type { LintRule } from "./rule.ts";

/** A PRIMARY KEY that does not take over an index. */
export const primaryKeyBuildsIndexRule: LintRule = {
  id: "primary-key-builds-index",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ADD PRIMARY KEY without USING INDEX",
  why: "The index is built under ACCESS EXCLUSIVE, and the columns are searched for nulls.",
  instead:
    "CREATE UNIQUE INDEX CONCURRENTLY in a file of its own, then ADD CONSTRAINT ... PRIMARY KEY USING INDEX.",
  alter: ({ command, table, constraint, column }, { isNew }) => {
    if (isNew(table)) return undefined;
    const found =
      command.subtype === "AT_AddConstraint"
        ? constraint
        : column && constraintsOf(column).find(({ contype }) => contype === "CONSTR_PRIMARY");
    if (found?.contype !== "CONSTR_PRIMARY" || found.indexname) return undefined;
    const columns = constraintColumns(found);
    const keys = columns.length > 0 ? columns : [column?.colname ?? "?"];
    return buildsIndex({ table, columns: keys, kind: "PRIMARY KEY", constraint: found });
  },
};
