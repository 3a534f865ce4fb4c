// Points at partitions that are scanned when they are attached.
import { relationName } from "../names.ts";
import { tableOf } from "../schema/schema.ts";
import type { LintRule } from "./rule.ts";

/** ATTACH PARTITION of a table without a fitting CHECK. */
export const attachScansPartitionRule: LintRule = {
  id: "attach-scans-partition",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ATTACH PARTITION without a CHECK that proves the bounds",
  why: "PostgreSQL reads the whole table under ACCESS EXCLUSIVE on it to see that every row fits, and the default partition as well.",
  instead:
    "Add a CHECK that implies the bounds NOT VALID, VALIDATE it, then attach, then drop the CHECK; the default partition needs one that excludes them.",
  alter: ({ command, table }, { isNew, schema }) => {
    if (command.subtype !== "AT_AttachPartition" || !command.def) return undefined;
    if (!("PartitionCmd" in command.def)) return undefined;
    const child = relationName(command.def.PartitionCmd.name);
    if (isNew(child)) return undefined;
    const known = tableOf(schema, child);
    const proven = [...(known?.constraints.values() ?? [])].some(
      ({ kind, validated }) => kind === "check" && validated,
    );
    if (proven) return undefined;
    return {
      message: `attaching ${child} to ${table} reads all of ${child} while it is locked`,
      remedy: `first add a CHECK of the bounds to ${child} NOT VALID, and validate it in the next file`,
      lock: { mode: "ACCESS EXCLUSIVE", table: child },
    };
  },
};
