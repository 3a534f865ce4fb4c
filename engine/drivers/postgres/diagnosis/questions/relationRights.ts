// What a statement wants to do with a table, view or sequence, and which of it the role may not.
import type { Constraint, Node, RangeVar } from "@pgsql/types";
import type { Asked } from "../asked.ts";
import { findNodes, pathOf, relationsOf, type ReadStatement } from "../statement.ts";
import type { Lack } from "./grants.ts";

interface Row {
  readonly path: string;
  readonly kind: string;
  readonly owner: string;
  readonly missing: readonly string[];
}

/** The rights that the role lacks of those that the statement needs on the relation `name`. */
export async function relationRights(
  { client, statement, facts, version }: Asked,
  name: string,
): Promise<Lack | undefined> {
  const written = statement && relationsOf(statement.node).find((one) => one.relname === name);
  const wanted = statement ? rightsOf(statement, name, version) : ["SELECT"];
  const found = await client.query<Row>(
    `SELECT c.oid::regclass::text AS path, c.relkind::text AS kind,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner,
       ARRAY(SELECT right_ FROM unnest(
         CASE WHEN c.relkind = 'S' THEN ARRAY['USAGE'] ELSE $2::text[] END) right_
         WHERE NOT CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, right_)
           ELSE has_table_privilege(c.oid, right_) END) AS missing
     FROM pg_catalog.pg_class c
     WHERE c.oid = coalesce(to_regclass(nullif($1, '')), (SELECT max(oid) FROM pg_catalog.pg_class WHERE relname = $3))`,
    [pathOf(written) ?? "", wanted, name],
  );
  const [row] = found.rows;
  if (!row || row.missing.length === 0) return undefined;
  const what = row.kind === "S" ? "SEQUENCE " : "";
  const rights = row.missing.join(", ");
  return {
    lacks: `${rights} on ${row.path}`,
    grants: [`GRANT ${rights} ON ${what}${row.path} TO ${facts.role ?? "?"};`],
    admin: `${row.owner}, its owner, or a superuser`,
  };
}

/** MAINTAIN came with PostgreSQL 17; before, only owners maintained their tables. */
const MAINTAIN_SINCE = 170_000;

const BY_KIND: Readonly<Record<string, string>> = {
  InsertStmt: "INSERT",
  UpdateStmt: "UPDATE",
  DeleteStmt: "DELETE",
  TruncateStmt: "TRUNCATE",
  CreateTrigStmt: "TRIGGER",
};
const MAINTENANCE = new Set(["VacuumStmt", "ReindexStmt", "ClusterStmt", "RefreshMatViewStmt"]);

interface Writing {
  readonly relation?: RangeVar;
  readonly whereClause?: Node;
  readonly fromClause?: readonly Node[];
  readonly returningList?: readonly Node[];
  readonly is_from?: boolean;
}

function rightsOf({ kind, node }: ReadStatement, name: string, version: number): string[] {
  if (MAINTENANCE.has(kind)) return version >= MAINTAIN_SINCE ? ["MAINTAIN"] : ["TRIGGER"];
  if (kind === "AlterTableStmt" || kind === "CreateStmt") {
    const keys = findNodes<Constraint>(node, "Constraint");
    return keys.some(({ pktable }) => pktable?.relname === name) ? ["REFERENCES"] : ["SELECT"];
  }
  const body = (node as Readonly<Record<string, Writing | undefined>>)[kind];
  if (kind === "CopyStmt") return [body?.is_from ? "INSERT" : "SELECT"];
  const right = BY_KIND[kind];
  const isTarget = kind === "TruncateStmt" || body?.relation?.relname === name;
  if (right === undefined || !isTarget) return ["SELECT"];
  const reads = body?.whereClause ?? body?.returningList ?? body?.fromClause;
  return reads ? [right, "SELECT"] : [right];
}
