// The relations that a query or a change of rows reads and writes.
import type { Node } from "@pgsql/types";
import type { LockRequest } from "../locks/request.ts";
import { findAll } from "./tree.ts";

const WRITERS: ReadonlySet<string> = new Set([
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
]);
const QUERIES: ReadonlySet<string> = new Set([...WRITERS, "SelectStmt", "CreateTableAsStmt"]);

/** The locks of a SELECT, INSERT, UPDATE, DELETE, MERGE or CREATE TABLE AS; none for other statements. */
export function readLocks(node: Node): LockRequest[] {
  const kind = Object.keys(node)[0] ?? "";
  if (!QUERIES.has(kind)) return [];
  const found: LockRequest[] = [];
  walk(node, { found, defined: new Set(namesOfWith(node)) });
  return found;
}

interface Walk {
  readonly found: LockRequest[];
  /** Names that WITH gives: no relations. */
  readonly defined: ReadonlySet<string>;
}

function walk(node: unknown, state: Walk): void {
  if (Array.isArray(node)) for (const one of node) walk(one, state);
  else if (isRecord(node)) {
    if (typeof node.relname === "string") note(node, "ACCESS SHARE", state);
    else for (const key of Object.keys(node)) walkMember(key, node[key], state);
  }
}

function walkMember(key: string, value: unknown, state: Walk): void {
  if (!isRecord(value)) return;
  if (!WRITERS.has(key)) {
    // What INTO names is made, not locked.
    if (key !== "into" && key !== "intoClause") walk(value, state);
    return;
  }
  const { relation, ...rest } = value;
  if (isRecord(relation)) note(relation, "ROW EXCLUSIVE", state);
  walk(rest, state);
}

function note(
  { relname, schemaname, inh }: Readonly<Record<string, unknown>>,
  mode: "ACCESS SHARE" | "ROW EXCLUSIVE",
  { found, defined }: Walk,
): void {
  if (typeof relname !== "string") return;
  if (typeof schemaname === "string") {
    found.push({ schema: schemaname, name: relname, mode, reach: inh ? "family" : "none" });
  } else if (!defined.has(relname)) {
    found.push({ name: relname, mode, reach: inh ? "family" : "none" });
  }
}

function namesOfWith(node: Node): readonly string[] {
  return findAll(node, "CommonTableExpr").flatMap(({ ctename }) =>
    typeof ctename === "string" ? [ctename] : [],
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
