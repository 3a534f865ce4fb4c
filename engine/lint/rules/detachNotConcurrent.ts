// Points at partitions that are detached while the whole table waits.
import type { LintRule } from "./rule.ts";

/** DETACH PARTITION without CONCURRENTLY. */
export const detachNotConcurrentRule: LintRule = {
  id: "detach-not-concurrent",
  category: "locks",
  level: "warning",
  title: "DETACH PARTITION without CONCURRENTLY",
  why: "It locks the partitioned table and the partition against reads and writes.",
  instead:
    "DETACH PARTITION ... CONCURRENTLY (PostgreSQL 14 and newer; not with a default partition), in a file of its own.",
  alter: ({ command, table }, { isNew, statement }) => {
    if (command.subtype !== "AT_DetachPartition" || isNew(table)) return undefined;
    if (command.def && "PartitionCmd" in command.def && command.def.PartitionCmd.concurrent)
      return undefined;
    return {
      message: `DETACH PARTITION locks ${table} against reads and writes`,
      remedy: "say CONCURRENTLY, in a file of its own",
      lock: { mode: "ACCESS EXCLUSIVE", table },
      rewrite: `${statement.sql} CONCURRENTLY`,
    };
  },
};
