// Points at new partitions for which the default partition is searched.
import { relationName } from "../names.ts";
import { tableOf } from "../schema/schema.ts";
import type { Hit, RuleContext } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** A partition added beside a default one. */
export const defaultPartitionScannedRule: LintRule = {
  id: "default-partition-scanned",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "a new partition beside a default partition",
  why: "PostgreSQL reads the default partition under ACCESS EXCLUSIVE to see that no row of it belongs into the new one.",
  instead: "Give the default partition a validated CHECK that excludes the new bounds first.",
  on: {
    CreateStmt: ({ partbound, inhRelations = [] }, context) => {
      const [parent] = inhRelations;
      if (!partbound || partbound.is_default || !parent || !("RangeVar" in parent))
        return undefined;
      return scanned(relationName(parent.RangeVar), context);
    },
  },
  alter: ({ command, table }, context) =>
    command.subtype === "AT_AttachPartition" ? scanned(table, context) : undefined,
};

function scanned(parent: string, { schema, isNew }: RuleContext): Hit | undefined {
  if (isNew(parent) || !tableOf(schema, parent)?.hasDefaultPartition) return undefined;
  return {
    message: `the default partition of ${parent} is read through, locked, before the new one is there`,
    remedy:
      "add a CHECK that excludes the new bounds to the default partition, validate it, then go on",
    lock: { mode: "ACCESS EXCLUSIVE", table: parent },
  };
}
