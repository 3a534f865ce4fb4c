// Points at indexes that are dropped while readers and writers wait.
import { objectName, withoutPublic } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** DROP INDEX without CONCURRENTLY. */
export const dropIndexNotConcurrentRule: LintRule = {
  id: "drop-index-not-concurrent",
  category: "locks",
  level: "warning",
  title: "DROP INDEX without CONCURRENTLY",
  why: "It takes an ACCESS EXCLUSIVE lock on the index's table; it is brief, but it waits behind every running query, and all others wait behind it.",
  instead: "DROP INDEX CONCURRENTLY, in a file of its own.",
  on: {
    DropStmt: ({ removeType, concurrent, objects = [] }, { schema, statement }) => {
      if (removeType !== "OBJECT_INDEX" || concurrent) return undefined;
      return objects.flatMap((object) => {
        const index = schema.indexes.get(withoutPublic(objectName(object)));
        // It went with its new table, or belongs to one.
        if (index && schema.tables.get(index.table)?.release === schema.release) return [];
        const table = index?.table ?? "its table";
        return {
          message: `DROP INDEX ${objectName(object)} locks ${table} against reads and writes`,
          remedy: "drop it CONCURRENTLY, in a file of its own",
          lock: { mode: "ACCESS EXCLUSIVE" as const, table },
          rewrite: statement.sql.replace(/\bindex\b/i, "INDEX CONCURRENTLY"),
        };
      });
    },
  },
};
