// Points at dropped columns that functions or views still name.
import { withoutPublic } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** DROP COLUMN of a column that a trigger's function or a view of the files uses. */
export const droppedColumnInUseRule: LintRule = {
  id: "dropped-column-in-use",
  category: "compatibility",
  level: "warning",
  title: "a dropped column that a trigger's function or a view still uses",
  why: "PostgreSQL does not look into functions: the drop succeeds, and from then on every write that runs the trigger fails. With a view it refuses the drop.",
  instead: "Drop or replace function and view in the same file, before the column.",
  alter: ({ command, table, name }, { schema, isNew }) => {
    if (command.subtype !== "AT_DropColumn" || isNew(table)) return undefined;
    const key = withoutPublic(table);
    const triggers = [...schema.triggers.values()].filter((one) => one.table === key);
    const uses = new RegExp(`\\b(new|old)\\.${escaped(name)}\\b`, "i");
    const used = triggers.find(({ routine }) =>
      uses.test(schema.routines.get(routine)?.body ?? ""),
    );
    if (used) {
      return {
        message: `trigger ${used.name} of ${table} still uses ${name}: every write that runs it fails from then on`,
        remedy: `drop the trigger, or replace function ${used.routine}, before the column`,
      };
    }
    const word = new RegExp(`\\b${escaped(name)}\\b`, "i");
    const from = new RegExp(`\\b${escaped(key.split(".").at(-1) ?? key)}\\b`, "i");
    const view = [...schema.views].find(([, sql]) => word.test(sql) && from.test(sql));
    if (!view) return undefined;
    return {
      message: `view ${view[0]} names ${name} and ${table}: PostgreSQL refuses the drop if it uses the column`,
      remedy: "drop or replace the view before the column",
    };
  },
};

function escaped(name: string): string {
  return name.replace(/[^\w\u0080-\uffff]/g, "\\$&");
}
