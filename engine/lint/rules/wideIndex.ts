// Points at indexes over many columns.
import { indexColumns } from "../schema/applyStatement.ts";
import type { LintRule } from "./rule.ts";

/** A non-unique index over more than three columns. */
export const wideIndexRule: LintRule = {
  id: "wide-index",
  category: "taste",
  level: "off",
  title: "a non-unique index over more than three columns",
  why: "Past the third column an index seldom finds less, but every write pays for it.",
  instead: "The columns that select best; INCLUDE for those that are only read.",
  on: {
    IndexStmt: (node) => {
      const columns = indexColumns(node);
      return node.unique || columns.length <= 3
        ? undefined
        : {
            message: `an index over ${columns.length} columns: ${columns.join(", ")}`,
            remedy: "keep the columns that select best",
          };
    },
  },
};
