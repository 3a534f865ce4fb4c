// Points at REINDEX that keeps writers waiting.
import { relationName } from "../names.ts";
import { optionsOf } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** REINDEX without CONCURRENTLY. */
export const reindexNotConcurrentRule: LintRule = {
  id: "reindex-not-concurrent",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "REINDEX without CONCURRENTLY",
  why: "It blocks writes to the table, and for a single index also the reads that would use it, until all is built anew.",
  instead: "REINDEX ... CONCURRENTLY (PostgreSQL 12 and newer), in a file of its own.",
  on: {
    ReindexStmt: ({ params, relation, kind, name }, { isNew, statement }) => {
      if (optionsOf(params).has("concurrently") || (relation && isNew(relation))) return undefined;
      const target = relation ? relationName(relation) : (name ?? "the database");
      return {
        message: `REINDEX of ${target} holds off writes until it is done`,
        remedy: "say CONCURRENTLY, in a file of its own",
        lock: {
          mode: kind === "REINDEX_OBJECT_INDEX" ? "ACCESS EXCLUSIVE" : "SHARE",
          table: target,
        },
        // A schema or a database may bear the name of a table.
        ...(!relation && { grows: "beyond" }),
        rewrite: statement.sql.replace(/\b(index|table|schema|database)\b/i, "$1 CONCURRENTLY"),
      };
    },
  },
};
