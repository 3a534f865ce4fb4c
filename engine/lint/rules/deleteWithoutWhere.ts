// Points at deletes without a condition.
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** DELETE without WHERE. */
export const deleteWithoutWhereRule: LintRule = {
  id: "delete-without-where",
  category: "data",
  level: "warning",
  title: "DELETE without WHERE",
  why: "All rows go, one by one, with all their triggers, in one transaction.",
  instead: "A condition; or TRUNCATE, in a contract file, where all rows are meant.",
  on: {
    DeleteStmt: ({ relation, whereClause, usingClause }, { isNew }) =>
      whereClause || usingClause || isNew(relation)
        ? undefined
        : {
            message: `DELETE without WHERE removes every row of ${relationName(relation)}`,
            remedy: "say which rows; where all are meant, TRUNCATE in a contract file",
          },
  },
};
