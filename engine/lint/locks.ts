// The locks on tables that a statement will take, from its parse tree (PostgreSQL's "Explicit Locking" and each command's page).
import type { Node, RangeVar } from "@pgsql/types";
import { LOCK_MODES } from "../locks/modes.ts";
import type { LockReach, LockRequest } from "../locks/request.ts";
import { familyOf, referenced, request } from "./lockRequests.ts";
import { alterTableLocks } from "./locksOfAlter.ts";
import { readLocks } from "./locksOfData.ts";
import { strings } from "./names.ts";

/** The relation that a list of String nodes names. */
function named(nodes: readonly Node[] | undefined): RangeVar {
  const parts = strings(nodes);
  const schema = parts.at(-2);
  return { relname: parts.at(-1) ?? "", ...(schema ? { schemaname: schema } : {}) };
}

/**
 * What the statement `node` will lock. Relations that the file itself creates are among them; they are not there yet
 * when the catalogue is asked. Functions' and DO blocks' bodies are not read.
 */
export function predictLocks(node: Node): readonly LockRequest[] {
  const kind = Object.keys(node)[0] ?? "";
  const reader = READERS[kind] as ((body: never) => LockRequest[]) | undefined;
  if (!reader) return readLocks(node);
  return reader((node as Readonly<Record<string, unknown>>)[kind] as never);
}

type Body<K extends string> = Extract<Node, Record<K, unknown>>[K &
  keyof Extract<Node, Record<K, unknown>>];

const READERS: Readonly<Record<string, (body: never) => LockRequest[]>> = {
  AlterTableStmt: alterTableLocks,
  RenameStmt: ({ relation, renameType }: Body<"RenameStmt">) => {
    if (renameType === "OBJECT_INDEX") return request(relation, "SHARE UPDATE EXCLUSIVE");
    return request(
      relation,
      "ACCESS EXCLUSIVE",
      renameType === "OBJECT_COLUMN" ? familyOf(relation) : "none",
    );
  },
  AlterObjectSchemaStmt: ({ relation }: Body<"AlterObjectSchemaStmt">) =>
    request(relation, "ACCESS EXCLUSIVE"),
  IndexStmt: ({ relation, concurrent }: Body<"IndexStmt">) =>
    concurrent
      ? request(relation, "SHARE UPDATE EXCLUSIVE")
      : request(relation, "SHARE", familyOf(relation)),
  CreateTrigStmt: ({ relation, constrrel }: Body<"CreateTrigStmt">) => [
    ...request(relation, "SHARE ROW EXCLUSIVE"),
    ...request(constrrel, "ACCESS SHARE"),
  ],
  RuleStmt: ({ relation }: Body<"RuleStmt">) => request(relation, "ACCESS EXCLUSIVE"),
  CreatePolicyStmt: ({ table }: Body<"CreatePolicyStmt">) => request(table, "ACCESS EXCLUSIVE"),
  AlterPolicyStmt: ({ table }: Body<"AlterPolicyStmt">) => request(table, "ACCESS EXCLUSIVE"),
  AlterSeqStmt: ({ sequence }: Body<"AlterSeqStmt">) => request(sequence, "SHARE ROW EXCLUSIVE"),
  CreateStatsStmt: ({ relations = [] }: Body<"CreateStatsStmt">) =>
    relations.flatMap((node) =>
      "RangeVar" in node ? request(node.RangeVar, "SHARE UPDATE EXCLUSIVE") : [],
    ),
  ClusterStmt: ({ relation }: Body<"ClusterStmt">) => request(relation, "ACCESS EXCLUSIVE"),
  RefreshMatViewStmt: ({ relation, concurrent }: Body<"RefreshMatViewStmt">) =>
    request(relation, concurrent ? "EXCLUSIVE" : "ACCESS EXCLUSIVE"),
  ReindexStmt: ({ relation, kind }: Body<"ReindexStmt">) =>
    request(relation, kind === "REINDEX_OBJECT_INDEX" ? "ACCESS EXCLUSIVE" : "SHARE"),
  VacuumStmt: ({ rels = [], options = [] }: Body<"VacuumStmt">) => {
    const isFull = options.some((node) => "DefElem" in node && node.DefElem.defname === "full");
    return rels.flatMap((node) =>
      "VacuumRelation" in node
        ? request(
            node.VacuumRelation.relation,
            isFull ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE",
          )
        : [],
    );
  },
  TruncateStmt: ({ relations = [] }: Body<"TruncateStmt">) =>
    relations.flatMap((node) =>
      "RangeVar" in node ? request(node.RangeVar, "ACCESS EXCLUSIVE", familyOf(node.RangeVar)) : [],
    ),
  CommentStmt: ({ objtype, object }: Body<"CommentStmt">) => {
    const parts = object && "List" in object ? (object.List.items ?? []) : [];
    if (objtype === "OBJECT_COLUMN")
      return request(named(parts.slice(0, -1)), "SHARE UPDATE EXCLUSIVE");
    const relations = ["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_INDEX"];
    return relations.includes(objtype ?? "") ? request(named(parts), "SHARE UPDATE EXCLUSIVE") : [];
  },
  DropStmt: ({ removeType, concurrent, objects = [] }: Body<"DropStmt">) =>
    objects.flatMap((object) => {
      const parts = "List" in object ? (object.List.items ?? []) : [];
      const reach = DROP_REACH[removeType ?? ""];
      const mode = concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
      if (reach) return request(named(parts), mode, reach);
      // These are named behind their table.
      const members = ["OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"];
      return members.includes(removeType ?? "")
        ? request(named(parts.slice(0, -1)), "ACCESS EXCLUSIVE")
        : [];
    }),
  CreateStmt: ({
    inhRelations = [],
    partbound,
    tableElts = [],
    constraints = [],
  }: Body<"CreateStmt">) => [
    ...inhRelations.flatMap((node) =>
      "RangeVar" in node
        ? partbound
          ? request(node.RangeVar, "ACCESS EXCLUSIVE", "partition")
          : request(node.RangeVar, "SHARE UPDATE EXCLUSIVE")
        : [],
    ),
    ...[...tableElts, ...constraints].flatMap(referenced),
  ],
  LockStmt: ({ relations = [], mode = 8 }: Body<"LockStmt">) => {
    const modes = LOCK_MODES[mode - 1] ?? "ACCESS EXCLUSIVE";
    return relations.flatMap((node) =>
      "RangeVar" in node ? request(node.RangeVar, modes, familyOf(node.RangeVar)) : [],
    );
  },
  // Their own queries are only stored, but the old view is replaced.
  ViewStmt: ({ view, replace, query }: Body<"ViewStmt">) => [
    ...(replace ? request(view, "ACCESS EXCLUSIVE") : []),
    ...(query ? readLocks(query) : []),
  ],
};

const DROP_REACH: Readonly<Record<string, LockReach>> = {
  OBJECT_TABLE: "dropTable",
  OBJECT_FOREIGN_TABLE: "dropTable",
  OBJECT_INDEX: "index",
  OBJECT_VIEW: "dropTable",
  OBJECT_MATVIEW: "dropTable",
  OBJECT_SEQUENCE: "none",
};
