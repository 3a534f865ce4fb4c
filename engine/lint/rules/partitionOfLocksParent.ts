// Points at partitions that are created in place.
import { relationName } from "../names.ts";
import { quoteTable } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** CREATE TABLE ... PARTITION OF a table that is in use. */
export const partitionOfLocksParentRule: LintRule = {
  id: "partition-of-locks-parent",
  category: "locks",
  level: "info",
  title: "CREATE TABLE ... PARTITION OF",
  why: "It takes ACCESS EXCLUSIVE on the partitioned table; ATTACH PARTITION takes SHARE UPDATE EXCLUSIVE, which nobody notices.",
  instead:
    "CREATE TABLE (LIKE parent INCLUDING DEFAULTS INCLUDING CONSTRAINTS), then ALTER TABLE parent ATTACH PARTITION.",
  on: {
    CreateStmt: ({ partbound, relation, inhRelations = [] }, { isNew }) => {
      const [parent] = inhRelations;
      if (!partbound || !parent || !("RangeVar" in parent) || isNew(parent.RangeVar))
        return undefined;
      const above = relationName(parent.RangeVar);
      const child = quoteTable(relationName(relation));
      return {
        message: `creating a partition of ${above} in place locks ${above} against reads and writes`,
        remedy: "create the table by itself and attach it",
        lock: { mode: "ACCESS EXCLUSIVE", table: above },
        rewrite: [
          `CREATE TABLE ${child} (LIKE ${quoteTable(above)} INCLUDING DEFAULTS INCLUDING CONSTRAINTS);`,
          `ALTER TABLE ${quoteTable(above)} ATTACH PARTITION ${child} FOR VALUES ...;`,
        ].join("\n"),
      };
    },
  },
};
