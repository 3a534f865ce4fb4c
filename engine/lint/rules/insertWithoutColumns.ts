// Points at inserts that rely on the order of columns.
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** INSERT without a list of columns. */
export const insertWithoutColumnsRule: LintRule = {
  id: "insert-without-columns",
  category: "correctness",
  level: "warning",
  title: "INSERT without a list of columns",
  why: "Its values go by the order of the columns, which differs between a database that ran the files in order and one that ran them in stages.",
  instead: "A list of columns.",
  on: {
    InsertStmt: ({ cols, relation, selectStmt }, { isNew }) =>
      cols || !selectStmt || isNew(relation)
        ? undefined
        : {
            message: `the values for ${relationName(relation)} go by the order of its columns, which databases may differ in`,
            remedy: "name the columns",
          },
  },
};
