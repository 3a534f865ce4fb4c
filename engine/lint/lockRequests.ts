// Requests for locks, out of the names in a parse tree.
import type { Node, RangeVar } from "@pgsql/types";
import type { LockMode } from "../locks/modes.ts";
import type { LockReach, LockRequest } from "../locks/request.ts";

/** A request for `relation`; none where it has no name. */
export function request(
  relation: RangeVar | undefined,
  mode: LockMode,
  reach: LockReach = "none",
): LockRequest[] {
  if (!relation?.relname) return [];
  const schema = relation.schemaname ? { schema: relation.schemaname } : {};
  return [{ ...schema, name: relation.relname, mode, reach }];
}

/** Family members too, unless ONLY is written. */
export function familyOf(relation: RangeVar | undefined): LockReach {
  return relation?.inh ? "family" : "none";
}

/** What the foreign keys of a new table or column refer to: their triggers are made there. */
export function referenced(node: Node): LockRequest[] {
  if ("ColumnDef" in node) return (node.ColumnDef.constraints ?? []).flatMap(referenced);
  if (!("Constraint" in node) || node.Constraint.contype !== "CONSTR_FOREIGN") return [];
  return request(node.Constraint.pktable, "SHARE ROW EXCLUSIVE");
}
