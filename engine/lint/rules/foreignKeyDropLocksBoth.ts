// Points at drops that lock a second table.
import { objectName } from "../names.ts";
import { tableOf } from "../schema/schema.ts";
import type { Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** A drop of a table or column with a foreign key. */
export const foreignKeyDropLocksBothRule: LintRule = {
  id: "foreign-key-drop-locks-both",
  category: "locks",
  level: "info",
  title: "DROP TABLE or DROP CONSTRAINT of a foreign key",
  why: "The table that the key refers to is locked against reads and writes as well, which surprises whoever looks at the file.",
  instead:
    "Nothing: lockstep asks for both locks at once. A quiet time, where the other table is busy.",
  on: {
    DropStmt: ({ removeType, objects = [] }, { schema }) =>
      removeType === "OBJECT_TABLE"
        ? objects.flatMap((object) => {
            const table = objectName(object);
            const known = tableOf(schema, table);
            if (!known || known.release === schema.release) return [];
            return [...known.constraints.values()].flatMap((found) => both(table, found.refersTo));
          })
        : undefined,
  },
  alter: ({ command, table, name }, { schema, isNew }) => {
    if (command.subtype !== "AT_DropConstraint" || isNew(table)) return undefined;
    return both(table, tableOf(schema, table)?.constraints.get(name)?.refersTo);
  },
};

function both(table: string, other: string | undefined): Hit[] {
  if (other === undefined || other === table) return [];
  return [
    {
      message: `dropping a foreign key of ${table} also locks ${other} against reads and writes`,
      remedy: "choose a time at which both may wait",
      lock: { mode: "ACCESS EXCLUSIVE", table: other },
    },
  ];
}
