// Points at changes of type that not every value survives.
import { typeText } from "../names.ts";
import { columnOf } from "../schema/schema.ts";
import { mayLoseValues } from "../schema/typeChange.ts";
import type { LintRule } from "./rule.ts";

/** ALTER COLUMN TYPE to a narrower type. */
export const typeChangeLosesValuesRule: LintRule = {
  id: "type-change-loses-values",
  category: "data",
  level: "warning",
  title: "a change to a narrower type",
  why: "Values that do not fit stop the migration half way through the table, or are cut, rounded or lose their time zone.",
  instead:
    "Look for such values first, in the file itself: a SELECT that raises an error when it finds one.",
  alter: ({ command, table, name, column }, { schema }) => {
    if (command.subtype !== "AT_AlterColumnType" || !column) return undefined;
    const known = columnOf(schema, table, name);
    if (!known || !mayLoseValues(known, column)) return undefined;
    return {
      message: `${table}.${name} was ${typeName(known.type, known.modifiers)}: not every value may fit ${typeText(column.typeName)}`,
      remedy: "look for values that do not fit before, and say what is to become of them (USING)",
      at: column.location,
    };
  },
};

function typeName(type: string, modifiers: readonly number[]): string {
  return modifiers.length > 0 ? `${type}(${modifiers.join(",")})` : type;
}
