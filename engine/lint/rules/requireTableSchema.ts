// Points at tables without their schema.
import type { Node } from "@pgsql/types";
import { walk } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** A table named without its schema. */
export const requireTableSchemaRule: LintRule = {
  id: "require-table-schema",
  category: "taste",
  level: "off",
  title: "a table named without its schema",
  why: "What it means depends on the search_path.",
  instead: "schema.table.",
  file: ({ statements }) =>
    statements.flatMap((statement) => {
      const found = unqualified(statement.node);
      return found === undefined
        ? []
        : {
            message: `${found} is named without its schema`,
            remedy: `write public.${found}, or whichever it lies in`,
            statement,
          };
    }),
};

function unqualified(node: Node): string | undefined {
  let found: string | undefined;
  walk(node, (_, body) => {
    if ("relname" in body && !("schemaname" in body) && typeof body.relname === "string")
      found ??= body.relname;
  });
  return found;
}
