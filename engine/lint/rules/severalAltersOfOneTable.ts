// Points at several ALTER TABLE that could be one.
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** Neighbouring ALTER TABLE statements on one table. */
export const severalAltersOfOneTableRule: LintRule = {
  id: "several-alters-of-one-table",
  category: "locks",
  level: "info",
  title: "several ALTER TABLE on one table, one after the other",
  why: "Each walks the catalogue, and where rows are read or written each does so anew.",
  instead: "One ALTER TABLE with several parts.",
  on: {
    AlterTableStmt: ({ relation, objtype }, { statements, index, isNew }) => {
      const before = statements[index - 1]?.node;
      if (!before || !("AlterTableStmt" in before) || objtype !== "OBJECT_TABLE") return undefined;
      const other = before.AlterTableStmt;
      if (other.objtype !== "OBJECT_TABLE" || isNew(relation)) return undefined;
      if (relationName(other.relation) !== relationName(relation)) return undefined;
      return {
        message: `two ALTER TABLE ${relationName(relation)} in a row could be one`,
        remedy: "write the parts behind one another, with a comma",
      };
    },
  },
};
