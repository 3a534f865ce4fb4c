// Reads the definitions of a database's objects, and which of them needs which.
import type { ClientBase } from "pg";
import { keyOf } from "../schema/object.ts";
import type { Definition, Definitions } from "./definition.ts";
import { DEFINITION_QUERIES } from "./definitionQueries.ts";

/**
 * Reads them in one read-only transaction of its own. `client` must not be in a transaction. Throws pg's errors.
 */
export async function readDefinitions(client: ClientBase): Promise<Definitions> {
  // With only pg_catalog in the path the server prints every other name with its schema.
  await client.query(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog",
  );
  try {
    const found: unknown = await client.query(DEFINITION_QUERIES.join(";\n"));
    const rows = (found as readonly { readonly rows: readonly Definition[] }[]).flatMap(
      (one) => one.rows,
    );
    const objects = new Map(rows.map((row) => [keyOf(row), row]));
    const edges = await client.query<Edge>(DEPENDENCIES);
    return { objects, needs: needsOf(rows, edges.rows) };
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
  }
}

/** `from` needs `to`; both are addresses. */
interface Edge {
  readonly from: string;
  readonly to: string;
}

// What has no definition of its own stands for what it belongs to: a default for its column, a rule for its view, a row or array
// type for its relation or element, an index for its constraint. That a sequence belongs to its column is no need: it comes first.
const DEPENDENCIES = `
WITH stands_for AS (
  SELECT 'pg_attrdef'::regclass::oid AS class, d.oid AS oid, 'pg_class'::regclass::oid AS for_class, d.adrelid AS for_oid, d.adnum::int AS for_sub FROM pg_attrdef d
  UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, 'pg_class'::regclass, r.ev_class, 0 FROM pg_rewrite r WHERE r.rulename = '_RETURN'
  UNION ALL SELECT 'pg_type'::regclass, t.oid, 'pg_class'::regclass, t.typrelid, 0 FROM pg_type t WHERE t.typrelid <> 0
  UNION ALL SELECT 'pg_type'::regclass, t.typarray, CASE WHEN t.typrelid = 0 THEN 'pg_type'::regclass ELSE 'pg_class'::regclass END, CASE WHEN t.typrelid = 0 THEN t.oid ELSE t.typrelid END, 0 FROM pg_type t WHERE t.typarray <> 0
  UNION ALL SELECT 'pg_class'::regclass, k.conindid, 'pg_constraint'::regclass, k.oid, 0 FROM pg_constraint k WHERE k.contype IN ('p', 'u', 'x')
)
SELECT DISTINCT concat_ws('/', coalesce(a.for_class, d.classid), coalesce(a.for_oid, d.objid), coalesce(a.for_sub, d.objsubid)) AS from,
  concat_ws('/', coalesce(b.for_class, d.refclassid), coalesce(b.for_oid, d.refobjid), coalesce(b.for_sub, d.refobjsubid)) AS to
FROM pg_depend d
LEFT JOIN stands_for a ON a.class = d.classid AND a.oid = d.objid
LEFT JOIN stands_for b ON b.class = d.refclassid AND b.oid = d.refobjid
WHERE d.objid >= 16384
AND NOT (d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
  AND EXISTS (SELECT FROM pg_class s WHERE s.oid = d.objid AND s.relkind = 'S'))`;

function needsOf(
  rows: readonly Definition[],
  edges: readonly Edge[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const tables = new Set(rows.filter(({ kind }) => kind === "table").map(({ name }) => name));
  /** Only a table's column comes and goes by itself; others stand for their relation. */
  const isOwn = ({ kind, of }: Definition) => kind !== "column" || tables.has(of);
  const keys = new Map(rows.filter(isOwn).map((row) => [row.address, keyOf(row)]));
  const keyAt = (address: string) => keys.get(address) ?? keys.get(address.replace(/\d+$/, "0"));
  const needs = new Map<string, Set<string>>();
  const add = (from: string | undefined, to: string | undefined) => {
    if (from === undefined || to === undefined || from === to) return;
    const known = needs.get(from) ?? new Set<string>();
    needs.set(from, known.add(to));
  };
  for (const { from, to } of edges) add(keyAt(from), keyAt(to));
  for (const row of rows) {
    if (row.kind === "comment") add(keyOf(row), keyAt(row.address.replace("comment/", "")));
    // Columns are no objects of their own in pg_depend's eyes: what a column needs its table needs too, and not the reverse.
    if (row.kind === "column") add(keyOf(row), keyAt(row.address.replace(/\d+$/, "0")));
  }
  return needs;
}
