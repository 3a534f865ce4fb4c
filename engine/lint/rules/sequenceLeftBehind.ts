// Points at rows whose ids the sequence will give again.
import type { Node } from "@pgsql/types";
import { relationName } from "../names.ts";
import { columnOf } from "../schema/schema.ts";
import { constantText, quoteName, quoteTable } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** INSERT of explicit ids without setval. */
export const sequenceLeftBehindRule: LintRule = {
  id: "sequence-left-behind",
  category: "correctness",
  level: "warning",
  title: "rows with ids of their own beside a sequence",
  why: "The sequence does not know of them: sooner or later it gives one of these ids, and the insert fails.",
  instead: "Leave the id out; or setval to the highest id, in the same file.",
  on: {
    InsertStmt: ({ relation, cols = [], selectStmt }, { schema, statements, index }) => {
      const table = relationName(relation);
      const named = cols.flatMap((node) =>
        "ResTarget" in node ? (node.ResTarget.name ?? "?") : [],
      );
      const key = named.find((name) =>
        /serial|identity/.test(columnOf(schema, table, name)?.source ?? ""),
      );
      if (key === undefined || !givesConstant(selectStmt, named.indexOf(key))) return undefined;
      const isSet = statements
        .slice(index)
        .some(({ sql }) => /\bsetval\s*\(|\brestart\b/i.test(sql));
      if (isSet) return undefined;
      return {
        message: `the sequence of ${table}.${key} does not know of these ids, and will give them again`,
        remedy: "leave the id out, or set the sequence behind it",
        rewrite: `SELECT setval(pg_get_serial_sequence('${table}', '${key}'), (SELECT max(${quoteName(key)}) FROM ${quoteTable(table)}));`,
      };
    },
  },
};

function givesConstant(select: Node | undefined, at: number): boolean {
  if (!select || !("SelectStmt" in select)) return false;
  return (select.SelectStmt.valuesLists ?? []).some((row) => {
    const value = "List" in row ? row.List.items?.[at] : undefined;
    return /^-?\d+$/.test(constantText(value) ?? "");
  });
}
