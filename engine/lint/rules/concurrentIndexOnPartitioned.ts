// Points at concurrent builds that PostgreSQL refuses.
import { relationName } from "../names.ts";
import { tableOf } from "../schema/schema.ts";
import { quoteTable } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** CREATE INDEX CONCURRENTLY on a partitioned table. */
export const concurrentIndexOnPartitionedRule: LintRule = {
  id: "concurrent-index-on-partitioned",
  category: "locks",
  level: "error",
  title: "CREATE INDEX CONCURRENTLY on a partitioned table",
  why: "PostgreSQL refuses it.",
  instead:
    "CREATE INDEX ON ONLY the partitioned table, CREATE INDEX CONCURRENTLY on each partition, then ALTER INDEX ... ATTACH PARTITION for each.",
  on: {
    IndexStmt: ({ concurrent, relation }, { schema }) => {
      const table = relationName(relation);
      if (!concurrent || tableOf(schema, table)?.partitionKey === undefined) return undefined;
      return {
        message: `${table} is partitioned: PostgreSQL builds no index on it concurrently`,
        remedy: `create it ON ONLY ${table}, build one CONCURRENTLY on each partition, and attach them`,
        rewrite: `CREATE INDEX name ON ONLY ${quoteTable(table)} (...);\nCREATE INDEX CONCURRENTLY name_p1 ON partition (...);\nALTER INDEX name ATTACH PARTITION name_p1;`,
      };
    },
  },
};
