// The locks of ALTER TABLE and its relatives, part by part.
import type { AlterTableCmd, AlterTableStmt } from "@pgsql/types";
import { strongest, type LockMode } from "../locks/modes.ts";
import type { LockReach, LockRequest } from "../locks/request.ts";
import { familyOf, referenced, request } from "./lockRequests.ts";

type Subtype = NonNullable<AlterTableCmd["subtype"]>;

/** What the server takes for these parts; ACCESS EXCLUSIVE for all others (AlterTableGetLockLevel). */
const MODES: Readonly<Partial<Record<Subtype, LockMode>>> = {
  AT_SetStatistics: "SHARE UPDATE EXCLUSIVE",
  AT_SetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_SetRelOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetRelOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ClusterOn: "SHARE UPDATE EXCLUSIVE",
  AT_DropCluster: "SHARE UPDATE EXCLUSIVE",
  AT_ValidateConstraint: "SHARE UPDATE EXCLUSIVE",
  AT_AttachPartition: "SHARE UPDATE EXCLUSIVE",
  AT_DetachPartitionFinalize: "SHARE UPDATE EXCLUSIVE",
  AT_EnableTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableAlwaysTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableReplicaTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigUser: "SHARE ROW EXCLUSIVE",
  AT_DisableTrig: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigUser: "SHARE ROW EXCLUSIVE",
};

/** The altered relation in the strongest mode of all parts, and what the parts bring along. */
export function alterTableLocks(statement: AlterTableStmt): LockRequest[] {
  const { relation, objtype } = statement;
  const commands = (statement.cmds ?? []).flatMap((node) =>
    "AlterTableCmd" in node ? [node.AlterTableCmd] : [],
  );
  const mode = commands.map(modeOf).reduce(strongest, "SHARE UPDATE EXCLUSIVE");
  const recurses =
    objtype === "OBJECT_TABLE" && !commands.every(({ def }) => def && "PartitionCmd" in def);
  return [
    ...request(relation, mode, recurses ? familyOf(relation) : "none"),
    ...commands.flatMap((command) => along(command, relation)),
  ];
}

function modeOf({ subtype, def }: AlterTableCmd): LockMode {
  if (subtype === "AT_AddConstraint" && def && "Constraint" in def) {
    return def.Constraint.contype === "CONSTR_FOREIGN" ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE";
  }
  if (
    subtype === "AT_DetachPartition" &&
    def &&
    "PartitionCmd" in def &&
    def.PartitionCmd.concurrent
  )
    return "SHARE UPDATE EXCLUSIVE";
  return (subtype && MODES[subtype]) ?? "ACCESS EXCLUSIVE";
}

function along(command: AlterTableCmd, relation: AlterTableStmt["relation"]): LockRequest[] {
  const { subtype, def, name } = command;
  const dropped = DROPS[subtype as string];
  if (dropped && name !== undefined) {
    return request(relation, "ACCESS EXCLUSIVE", dropped).map((one) => ({ ...one, detail: name }));
  }
  if (!def) return [];
  if ("PartitionCmd" in def) {
    return [
      ...request(
        def.PartitionCmd.name,
        def.PartitionCmd.concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE",
        "family",
      ),
      ...request(relation, modeOf(command), "partition"),
    ];
  }
  if (subtype === "AT_AddInherit" || subtype === "AT_DropInherit") {
    return "RangeVar" in def ? request(def.RangeVar, "SHARE UPDATE EXCLUSIVE") : [];
  }
  return referenced(def);
}

const DROPS: Readonly<Record<string, LockReach>> = {
  AT_DropColumn: "dropColumn",
  AT_DropConstraint: "dropConstraint",
};
