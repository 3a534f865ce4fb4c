// Reads a table's shape from a server's catalogue.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type {
  ColumnShape,
  ConstraintShape,
  IndexShape,
  ReferenceShape,
  TableShape,
} from "./shape.ts";

const NAMES = (relation: string, numbers: string) =>
  `ARRAY(SELECT part.attname::text FROM unnest(${numbers}) WITH ORDINALITY AS listed (number, place)
    JOIN pg_attribute part ON part.attrelid = ${relation} AND part.attnum = listed.number ORDER BY listed.place)`;

const ROLE =
  "CASE WHEN acl.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END";

const TABLE = `
SELECT c.oid::int8::text AS oid, c.oid::regclass::text AS spelled, c.relrowsecurity AS "hasRowSecurity",
  current_setting('server_version_num')::int AS "serverVersion",
  CASE WHEN c.relispartition THEN 'partition' WHEN c.relkind = 'p' THEN 'partitioned' WHEN c.relkind <> 'r' THEN 'other'
    WHEN EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid OR h.inhrelid = c.oid) THEN 'parent' ELSE 'table' END AS kind,
  ARRAY(SELECT h.inhrelid::regclass::text FROM pg_inherits h WHERE h.inhparent = c.oid AND c.relkind = 'p' ORDER BY 1) AS partitions,
  EXISTS (SELECT FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhrelid WHERE h.inhparent = c.oid AND p.relkind <> 'r') AS "isDeep",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('right', acl.privilege_type, 'role', ${ROLE})), '[]')
   FROM aclexplode(c.relacl) AS acl WHERE acl.grantee <> c.relowner) AS grants
FROM pg_class c WHERE c.oid = to_regclass($1)`;

const COLUMNS = `
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notNull",
  CASE WHEN a.attcollation <> t.typcollation THEN nullif(a.attcollation, 0)::regcollation::text END AS collation,
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default,
  CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
  pg_get_serial_sequence($2, a.attname) AS sequence,
  (SELECT nullif(concat_ws(' ', CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,
    CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END, CASE WHEN s.seqcycle THEN 'CYCLE' END), '')
   FROM pg_sequence s WHERE s.seqrelid = pg_get_serial_sequence($2, a.attname)::regclass) AS "sequenceOptions",
  col_description(a.attrelid, a.attnum) AS comment,
  a.attgenerated <> '' AS "isGenerated",
  EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = a.attrelid AND (a.attnum = ANY (p.partattrs::int2[])
    OR (p.partexprs IS NOT NULL AND EXISTS (SELECT FROM pg_depend u WHERE u.classid = 'pg_class'::regclass AND u.objid = a.attrelid
      AND u.objsubid = 0 AND u.refobjid = a.attrelid AND u.refobjsubid = a.attnum)))) AS "isPartitionKey",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('right', acl.privilege_type, 'role', ${ROLE})), '[]')
   FROM aclexplode(a.attacl) AS acl) AS grants
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

const INDEXES = `
SELECT x.relname AS name, pg_get_indexdef(i.indexrelid) AS definition, i.indisunique AS "isUnique", i.indisprimary AS "isPrimary",
  i.indexprs IS NULL AND i.indpred IS NULL AS "isPlain", k.conname AS constraint, pg_get_constraintdef(k.oid) AS "constraintDefinition",
  coalesce(k.condeferrable, false) AS "isDeferrable",
  i.indisexclusion AS "isExclusion",
  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum > 0 AND (a.attnum = ANY (i.indkey::int2[])
    OR a.attnum IN (SELECT d.refobjsubid FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid))
    ORDER BY array_position(i.indkey::int2[], a.attnum)) AS uses
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
WHERE i.indrelid = $1::oid AND i.indisvalid ORDER BY i.indisprimary DESC, x.relname`;

const CONSTRAINTS = `
SELECT k.conname AS name, k.contype AS type, pg_get_constraintdef(k.oid) AS definition, ${NAMES("k.conrelid", "k.conkey")} AS columns
FROM pg_constraint k WHERE k.conrelid = $1::oid AND k.contype IN ('c', 'f') AND k.conparentid = 0 ORDER BY k.conname`;

const REFERENCES = `
SELECT k.conname AS name, k.conrelid::regclass::text AS table, pg_get_constraintdef(k.oid) AS definition, c.relkind = 'p' AS "isPartitioned", k.conrelid = k.confrelid AS "isSelf",
  ${NAMES("k.conrelid", "k.conkey")} AS columns, ${NAMES("k.confrelid", "k.confkey")} AS targets
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.confrelid = $1::oid AND k.contype = 'f' AND k.conparentid = 0 ORDER BY 2, 1`;

// A policy or view is named as the server describes it; a default is its own column's.
const DEPENDANTS = `
SELECT DISTINCT a.attname AS column, pg_describe_object(d.classid, d.objid, d.objsubid) AS what,
  d.classid = 'pg_statistic_ext'::regclass AS "goesAlong"
FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
LEFT JOIN pg_attrdef e ON d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND d.refobjsubid > 0
  AND (d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_statistic_ext'::regclass)
    OR (e.oid IS NOT NULL AND e.adnum <> a.attnum)) ORDER BY 1, 2`;

interface TableRow extends Pick<TableShape, "kind" | "hasRowSecurity" | "grants"> {
  readonly oid: string;
  readonly spelled: string;
  readonly serverVersion: number;
  readonly partitions: readonly string[];
  readonly isDeep: boolean;
}

type Nullable<T> = { readonly [K in keyof T]: T[K] extends undefined | infer V ? V | null : T[K] };

/**
 * The shape of `table`, a name as SQL has it, resolved by the session's search_path; undefined where there is none.
 * Changes nothing. Throws what the server says.
 */
export async function readTable(client: Queryable, table: string): Promise<TableShape | undefined> {
  const found = await client.query<TableRow>(TABLE, [table]);
  const row = found.rows[0];
  if (!row) return undefined;
  const rows = async <T extends object>(sql: string, ...more: string[]) =>
    (await client.query<T>(sql, [row.oid, ...more])).rows.map(withoutNulls) as T[];
  const columns = (await rows<Nullable<ColumnShape>>(COLUMNS, row.spelled)) as ColumnShape[];
  const indexes = (await rows<Nullable<IndexShape>>(INDEXES)) as IndexShape[];
  const constraints = await rows<ConstraintShape & { readonly type: "c" | "f" }>(CONSTRAINTS);
  return {
    seenIn: "catalogue",
    kind: row.kind,
    columns,
    key: walkKey(indexes, columns),
    indexes,
    checks: constraints.filter(({ type }) => type === "c"),
    foreignKeys: constraints.filter(({ type }) => type === "f"),
    references: await rows<ReferenceShape>(REFERENCES),
    dependants: await rows<TableShape["dependants"][number]>(DEPENDANTS),
    partitions: row.isDeep ? undefined : row.partitions,
    hasRowSecurity: row.hasRowSecurity,
    grants: row.grants,
    serverVersion: row.serverVersion,
    unseen: [],
  };
}

function withoutNulls(row: object): object {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? undefined]));
}

/** Primary keys come first. */
function walkKey(
  indexes: readonly IndexShape[],
  columns: readonly ColumnShape[],
): readonly string[] {
  const required = new Set(columns.filter(({ notNull }) => notNull).map(({ name }) => name));
  const key = indexes.find(
    ({ isUnique, isPlain, isDeferrable, uses }) =>
      isUnique && isPlain && !isDeferrable && uses.every((name) => required.has(name)),
  );
  return key?.uses ?? [];
}
