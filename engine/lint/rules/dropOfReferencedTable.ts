// Points at dropped tables that others refer to.
import { objectName, withoutPublic } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** DROP TABLE of a table that foreign keys of others refer to. */
export const dropOfReferencedTableRule: LintRule = {
  id: "drop-of-referenced-table",
  category: "compatibility",
  level: "warning",
  title: "DROP TABLE of a table that others refer to",
  why: "PostgreSQL refuses it while the foreign keys are there; with CASCADE they go unseen.",
  instead: "Drop the foreign keys by name first.",
  on: {
    DropStmt: ({ removeType, objects = [], behavior }, { schema }) => {
      if (removeType !== "OBJECT_TABLE" || behavior === "DROP_CASCADE") return undefined;
      const dropped = objects.map((object) => withoutPublic(objectName(object)));
      return dropped.flatMap((name) => {
        const others = [...schema.tables.values()].filter(
          (table) =>
            !dropped.includes(table.name) &&
            [...table.constraints.values()].some(({ refersTo }) => refersTo === name),
        );
        if (others.length === 0) return [];
        return {
          message: `${others.map((table) => table.name).join(", ")} still refers to ${name}: PostgreSQL refuses the drop`,
          remedy: "drop the foreign key first",
        };
      });
    },
  },
};
