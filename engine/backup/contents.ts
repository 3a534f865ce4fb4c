// What a database holds, as a backup must hold it: tables with their columns and exact row counts.
import { type ClientBase, escapeIdentifier } from "pg";
import type { BackupTable } from "./manifest.ts";

/** A table before it is counted. */
export interface FoundTable {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** False for a partitioned table, whose rows are its partitions'. */
  readonly hasRows: boolean;
  /** Its rows do not survive a recovery. */
  readonly unlogged: boolean;
}

/** The runner's lease: whoever held it then does not hold it after a restore. */
const LEASE = { schema: "lockstep", table: "lease" } as const;

/** pg_dump's pattern for the table whose rows are left out. */
export const LEASE_PATTERN = `${LEASE.schema}.${LEASE.table}`;

/**
 * Sessions that read for a backup: types are printed alike everywhere only under one search_path, and
 * a row that row security hides must be an error, not a smaller count. The lock_timeout, ms, bounds
 * the wait for a table that a change holds.
 */
export const READER_SETTINGS = `
  SET search_path = pg_catalog; SET row_security = off; SET lock_timeout = 30000;
  SET idle_in_transaction_session_timeout = 0`;

// Members of extensions are made by CREATE EXTENSION, not by the backup; foreign tables hold no rows here.
const TABLES = `
  SELECT n.nspname AS schema, c.relname AS table, c.relkind = 'r' AS "hasRows",
         c.relpersistence = 'u' AS unlogged,
         ARRAY(SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY n.nspname, c.relname`;

/** The tables of all user schemas. Throws pg's errors. */
export async function findTables(client: ClientBase): Promise<FoundTable[]> {
  return (await client.query<FoundTable>(TABLES)).rows;
}

/** `schema.table`, as manifests and messages call it. */
export function tableName(table: { readonly schema: string; readonly table: string }): string {
  return `${table.schema}.${table.table}`;
}

/** Whether a backup of this kind holds the rows of `table`. */
function holdsRows(table: FoundTable, kind: "dump" | "physical"): boolean {
  if (!table.hasRows) return false;
  return kind === "dump" ? tableName(table) !== LEASE_PATTERN : !table.unlogged;
}

/** What `countTables` counts and whom it tells. */
export interface CountOptions {
  readonly kind: "dump" | "physical";
  readonly signal?: AbortSignal | undefined;
  readonly onTable?: (done: number, total: number) => void;
}

/**
 * Counts every row of `tables` in the client's present transaction, one table after the other.
 * Throws pg's errors, and the signal's reason on abort.
 */
export async function countTables(
  client: ClientBase,
  tables: readonly FoundTable[],
  options: CountOptions,
): Promise<BackupTable[]> {
  const counted: BackupTable[] = [];
  for (const table of tables) {
    options.signal?.throwIfAborted();
    const rows = holdsRows(table, options.kind) ? await countRows(client, table) : null;
    counted.push({ name: tableName(table), rows, columns: [...table.columns] });
    options.onTable?.(counted.length, tables.length);
  }
  return counted;
}

/** Number of rows of one table; `where` restricts it. Throws pg's errors. */
export async function countRows(
  client: ClientBase,
  table: { readonly schema: string; readonly table: string },
  where = "true",
): Promise<number> {
  const name = `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.table)}`;
  const { rows } = await client.query<{ n: string }>(
    `SELECT count(*) AS n FROM ONLY ${name} AS t WHERE ${where}`,
  );
  return Number(rows[0]?.n ?? 0);
}

/** What else a scratch server must have to take a restore. */
export interface Surroundings {
  readonly extensions: string[];
  readonly roles: string[];
}

/** Extensions but plpgsql, and roles but PostgreSQL's own. Throws pg's errors. */
export async function findSurroundings(client: ClientBase): Promise<Surroundings> {
  const names = async (sql: string) =>
    (await client.query<{ name: string }>(sql)).rows.map((row) => row.name);
  return {
    extensions: await names(
      "SELECT extname AS name FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1",
    ),
    roles: await names("SELECT rolname AS name FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"),
  };
}
