// Points at columns that stand twice.
import type { Node } from "@pgsql/types";
import type { Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** The same column twice in CREATE TABLE, INSERT or UPDATE. */
export const duplicateColumnRule: LintRule = {
  id: "duplicate-column",
  category: "correctness",
  level: "error",
  title: "one column twice in CREATE TABLE, INSERT or UPDATE",
  why: "PostgreSQL refuses it.",
  instead: "Name each column once.",
  on: {
    CreateStmt: ({ tableElts = [] }) =>
      twice(
        tableElts.flatMap((node) => ("ColumnDef" in node ? (node.ColumnDef.colname ?? "?") : [])),
      ),
    InsertStmt: ({ cols = [] }) => twice(cols.flatMap(plainTarget)),
    UpdateStmt: ({ targetList = [] }) => twice(targetList.flatMap(plainTarget)),
  },
};

/** Parts of one array or composite column may be set one by one. */
function plainTarget(node: Node): string[] {
  return "ResTarget" in node && !node.ResTarget.indirection ? [node.ResTarget.name ?? "?"] : [];
}

function twice(names: readonly string[]): Hit | undefined {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) {
      return { message: `${name} stands twice: PostgreSQL refuses it`, remedy: "name it once" };
    }
    seen.add(name);
  }
  return undefined;
}
