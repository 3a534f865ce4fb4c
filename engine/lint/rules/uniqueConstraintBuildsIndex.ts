// Points at unique constraints whose index is built while the table is locked.
import { constraintsOf } from "../columns.ts";
import { constraintColumns } from "../tree.ts";
import { buildsIndex } from "./buildsIndex.ts";
import type { LintRule } from "./rule.ts";

/** A UNIQUE constraint that does not take over an index. */
export const uniqueConstraintBuildsIndexRule: LintRule = {
  id: "unique-constraint-builds-index",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ADD UNIQUE without USING INDEX",
  why: "The index is built under ACCESS EXCLUSIVE; nobody reads or writes the table meanwhile.",
  instead:
    "CREATE UNIQUE INDEX CONCURRENTLY in a file of its own, then ADD CONSTRAINT ... UNIQUE USING INDEX.",
  alter: ({ command, table, constraint, column }, { isNew }) => {
    if (isNew(table)) return undefined;
    const found =
      command.subtype === "AT_AddConstraint"
        ? constraint
        : column && constraintsOf(column).find(({ contype }) => contype === "CONSTR_UNIQUE");
    if (found?.contype !== "CONSTR_UNIQUE" || found.indexname) return undefined;
    const columns = constraintColumns(found);
    const keys = columns.length > 0 ? columns : [column?.colname ?? "?"];
    return buildsIndex({ table, columns: keys, kind: "UNIQUE", constraint: found });
  },
};
