// Points at indexes that another one makes useless.
import { relationName } from "../names.ts";
import { indexColumns } from "../schema/applyStatement.ts";
import { indexesOf } from "../schema/schema.ts";
import type { LintRule } from "./rule.ts";

/** An index whose columns begin another index of the table. */
export const redundantIndexRule: LintRule = {
  id: "redundant-index",
  category: "correctness",
  level: "info",
  title: "an index that another one covers",
  why: "Every write pays for both, and queries need only one.",
  instead: "Leave it out, or drop the shorter one in its place.",
  on: {
    IndexStmt: (node, { schema }) => {
      const { relation, unique, whereClause, accessMethod = "btree", idxname = "the index" } = node;
      const table = relationName(relation);
      const columns = indexColumns(node);
      if (unique || whereClause || accessMethod !== "btree" || columns.includes("(...)"))
        return undefined;
      const other = indexesOf(schema, table).find(
        (one) =>
          one.method === "btree" &&
          !one.partial &&
          one.name !== idxname &&
          columns.every((column, at) => one.columns[at] === column),
      );
      if (!other) return undefined;
      return {
        message: `${other.name} of ${table} serves all that ${idxname} would`,
        remedy: `leave it out: ${other.name} begins with the same columns`,
      };
    },
  },
};
