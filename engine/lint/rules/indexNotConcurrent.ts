// Points at indexes that are built while writers wait.
import { relationName } from "../names.ts";
import { tableOf } from "../schema/schema.ts";
import type { LintRule } from "./rule.ts";

/** CREATE INDEX without CONCURRENTLY on a table that is in use. */
export const indexNotConcurrentRule: LintRule = {
  id: "index-not-concurrent",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "CREATE INDEX without CONCURRENTLY",
  why: "It takes a SHARE lock: every write to the table waits until the index is built, minutes to hours on a big one.",
  instead: "CREATE INDEX CONCURRENTLY, in a file of its own, since it cannot run in a transaction.",
  on: {
    IndexStmt: ({ concurrent, relation }, { isNew, statement, schema }) => {
      const table = relationName(relation);
      if (concurrent || isNew(relation)) return undefined;
      const isPartitioned = tableOf(schema, table)?.partitionKey !== undefined;
      return {
        message: `CREATE INDEX on ${table} holds off all writes to it while it builds`,
        remedy: isPartitioned
          ? `create it ON ONLY ${table}, build one CONCURRENTLY on each partition, and attach them (ALTER INDEX ... ATTACH PARTITION)`
          : "build it CONCURRENTLY, in a file of its own",
        lock: { mode: "SHARE", table },
        ...(!isPartitioned && {
          rewrite: statement.sql.replace(/\bindex\b/i, "INDEX CONCURRENTLY"),
        }),
      };
    },
  },
};
