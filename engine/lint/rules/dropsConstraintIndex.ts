// Points at indexes that belong to a constraint.
import { objectName, withoutPublic } from "../names.ts";
import { quoteName, quoteTable } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** DROP INDEX of a constraint's index. */
export const dropsConstraintIndexRule: LintRule = {
  id: "drops-constraint-index",
  category: "correctness",
  level: "error",
  title: "DROP INDEX of an index that belongs to a constraint",
  why: "PostgreSQL refuses it.",
  instead: "ALTER TABLE ... DROP CONSTRAINT.",
  on: {
    DropStmt: ({ removeType, objects = [] }, { schema }) =>
      removeType !== "OBJECT_INDEX"
        ? undefined
        : objects.flatMap((object) => {
            const index = schema.indexes.get(withoutPublic(objectName(object)));
            if (index?.constraint === undefined) return [];
            return {
              message: `${index.name} belongs to a constraint of ${index.table}: PostgreSQL refuses to drop it`,
              remedy: "drop the constraint",
              rewrite: `ALTER TABLE ${quoteTable(index.table)} DROP CONSTRAINT ${quoteName(index.constraint)};`,
            };
          }),
  },
};
