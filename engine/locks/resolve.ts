// From the names that statements lock to the relations of this database, with all that they bring along.
import pg from "pg";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { LOCK_MODES, type LockMode } from "./modes.ts";
import type { LockRequest } from "./request.ts";

/** A relation that will be locked. */
export interface RelationLock {
  readonly oid: number;
  /** Quoted, with its schema. */
  readonly path: string;
  /** The strongest mode that is asked for. */
  readonly mode: LockMode;
  /** Whether LOCK TABLE takes it, and lets this role: neither indexes nor what somebody else owns. */
  readonly lockable: boolean;
}

interface Row {
  /** An int8, which the driver gives as text. */
  readonly oid: string;
  readonly path: string;
  readonly mode: number;
  readonly lockable: boolean;
}

/** ENGINE.md rule 12: what the text of a statement does not show. The numbers are those of `LOCK_MODES`. */
const RESOLVE = `
WITH RECURSIVE asked AS (
  SELECT to_regclass(r.path)::oid AS oid, r.mode, r.reach, r.detail
  FROM jsonb_to_recordset($1::jsonb) AS r(path text, mode int, reach text, detail text)
), family AS (
  SELECT oid, mode, reach, detail FROM asked WHERE oid IS NOT NULL
  UNION
  SELECT along.oid, f.mode, f.reach, f.detail
  FROM family f CROSS JOIN LATERAL (
    SELECT h.inhrelid AS oid FROM pg_catalog.pg_inherits h
    WHERE h.inhparent = f.oid AND f.reach IN ('family', 'dropTable', 'dropColumn', 'dropConstraint')
    UNION ALL
    -- Views that CASCADE takes along.
    SELECT w.ev_class FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
      AND d.refobjid = f.oid AND w.ev_class <> f.oid
      AND (f.reach = 'dropTable' OR f.reach = 'dropColumn' AND d.refobjsubid = (
        SELECT a.attnum FROM pg_catalog.pg_attribute a WHERE a.attrelid = f.oid AND a.attname = f.detail))
  ) along
), wider AS (
  SELECT oid, mode FROM family
  UNION ALL
  SELECT i.indrelid, f.mode FROM family f JOIN pg_catalog.pg_index i ON i.indexrelid = f.oid
  WHERE f.reach = 'index'
  UNION ALL
  SELECT unnest(ARRAY[h.inhparent, nullif(p.partdefid, 0)]), 8
  FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid AND c.relispartition
    JOIN pg_catalog.pg_inherits h ON h.inhrelid = f.oid
    JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = h.inhparent
  WHERE f.reach = 'dropTable'
  UNION ALL
  SELECT p.partdefid, 8 FROM family f JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = f.oid
  WHERE f.reach = 'partition' AND p.partdefid <> 0
  UNION ALL
  SELECT k.confrelid, 8 FROM family f JOIN pg_catalog.pg_constraint k ON k.conrelid = f.oid AND k.contype = 'f'
  WHERE f.reach = 'dropTable' OR f.reach = 'dropConstraint' AND k.conname = f.detail
    OR f.reach = 'dropColumn' AND EXISTS (
      SELECT FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = f.oid AND a.attname = f.detail AND a.attnum = ANY (k.conkey))
  UNION ALL
  SELECT k.conrelid, 8 FROM family f JOIN pg_catalog.pg_constraint k ON k.confrelid = f.oid AND k.contype = 'f'
  WHERE f.reach = 'dropTable'
), needed AS (
  SELECT oid, max(mode) AS mode FROM wider GROUP BY oid
)
SELECT c.oid::int8 AS oid, format('%I.%I', s.nspname, c.relname) AS path, n.mode,
  c.relkind IN ('r', 'p') AND (
    has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')
    OR has_table_privilege(c.oid, 'TRUNCATE') OR n.mode = 3 AND has_table_privilege(c.oid, 'INSERT')
  ) AS lockable
FROM needed n JOIN pg_catalog.pg_class c ON c.oid = n.oid
JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace AND s.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY c.oid`;

/** The relations that `requests` will lock, each once, in a fixed order; those that are not there yet are left out. */
export async function resolveLocks(
  queries: Queryable,
  requests: readonly LockRequest[],
): Promise<readonly RelationLock[]> {
  if (requests.length === 0) return [];
  const asked = requests.map(({ schema, name, mode, reach, detail }) => ({
    path: [...(schema === undefined ? [] : [schema]), name]
      .map((part) => pg.escapeIdentifier(part))
      .join("."),
    mode: LOCK_MODES.indexOf(mode) + 1,
    reach,
    detail,
  }));
  const found = await queries.query<Row>(RESOLVE, [JSON.stringify(asked)]);
  return found.rows.map((row) => ({
    oid: Number(row.oid),
    path: row.path,
    mode: LOCK_MODES[row.mode - 1] ?? "ACCESS EXCLUSIVE",
    lockable: row.lockable,
  }));
}

/**
 * LOCK TABLE commands for what can be locked beforehand, one a relation. Readers' locks are left to the statements:
 * nobody waits behind them for long.
 */
export function lockSql(locks: readonly RelationLock[]): readonly string[] {
  return locks
    .filter(({ lockable, mode }) => lockable && LOCK_MODES.indexOf(mode) >= 2)
    .map(({ path, mode }) => `LOCK TABLE ONLY ${path} IN ${mode} MODE;`);
}
