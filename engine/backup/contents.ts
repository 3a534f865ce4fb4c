// What a database holds, as a backup must hold it: tables with their columns, exact row counts and checksums.
import pg, { type ClientBase, escapeIdentifier } from "pg";
import type { BackupTable } from "./manifest.ts";

/** A table before it is counted. */
export interface FoundTable {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** Names of those columns that a restore takes from the backup; a generated one is computed anew. */
  readonly stored: readonly string[];
  /** On disk, without indexes. */
  readonly bytes: number;
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
 * Sessions that read for a backup: types and values are printed alike everywhere only under the same settings, and
 * a row that row security hides must be an error, not a smaller count. The lock_timeout, ms, bounds
 * the wait for a table that a change holds. GMT, since a server without the files of time zones (a slim image)
 * knows no UTC.
 */
export const READER_SETTINGS = `
  SET search_path = pg_catalog; SET row_security = off; SET lock_timeout = 30000;
  SET idle_in_transaction_session_timeout = 0; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = postgres;
  SET TimeZone = 'GMT'; SET extra_float_digits = 3; SET bytea_output = hex; SET lc_monetary = 'C';
  SET xmlbinary = base64; SET quote_all_identifiers = off`;

// Members of extensions are made by CREATE EXTENSION, not by the backup; foreign tables hold no rows here.
const TABLES = `
  SELECT n.nspname AS schema, c.relname AS table, c.relkind = 'r' AS "hasRows",
         c.relpersistence = 'u' AS unlogged,
         CASE WHEN c.relkind = 'r' THEN coalesce(pg_table_size(c.oid), 0) ELSE 0 END::float8 AS bytes,
         ARRAY(SELECT a.attname::text FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
               ORDER BY a.attnum) AS stored,
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
  /** Whether the values of a table are to be read too. @default of none */
  readonly checked?: (table: FoundTable) => boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onTable?: (done: number, total: number) => void;
}

/**
 * Counts every row of `tables` in the client's open transaction, one table after the other.
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
    const found: Contents | { rows: null } = !holdsRows(table, options.kind)
      ? { rows: null }
      : options.checked?.(table)
        ? await readIfPossible(client, table, options.signal)
        : await readContents(client, table, { isChecked: false });
    counted.push({ name: tableName(table), columns: [...table.columns], ...found });
    options.onTable?.(counted.length, tables.length);
  }
  return counted;
}

/** What one table holds. */
interface Contents {
  readonly rows: number;
  /**
   * The sum over all rows of PostgreSQL's own 64-bit hash of the row as text: the same in whatever order they are read. Missing where
   * it was not asked for.
   */
  readonly checksum?: string;
}

/** Which rows of a table are read, and how. */
export interface ReadingOptions {
  /** SQL over the table `t`. @default all rows */
  readonly where?: string;
  readonly isChecked: boolean;
}

/** Reads one table. Throws pg's errors. */
export async function readContents(
  client: ClientBase,
  table: Pick<FoundTable, "schema" | "table" | "stored">,
  { where = "true", isChecked }: ReadingOptions,
): Promise<Contents> {
  const name = `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.table)}`;
  const row = `ROW(${table.stored.map((column) => `t.${escapeIdentifier(column)}`).join(", ")})`;
  const sum = `coalesce(sum(hashtextextended(${row}::text, 0)), 0)::text`;
  const { rows } = await client.query<{ n: string; sum?: string }>(
    `SELECT count(*) AS n${isChecked ? `, ${sum} AS sum` : ""} FROM ONLY ${name} AS t WHERE ${where}`,
  );
  const { n = "0", sum: checksum } = rows[0] ?? {};
  return { rows: Number(n), ...(checksum !== undefined && { checksum }) };
}

/** A row whose text passes 1 GB, or a type that cannot be printed, is no reason to go without the backup. */
async function readIfPossible(
  client: ClientBase,
  table: FoundTable,
  signal: AbortSignal | undefined,
): Promise<Contents> {
  await client.query("SAVEPOINT reading");
  try {
    return await readContents(client, table, { isChecked: true });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query("ROLLBACK TO SAVEPOINT reading");
    return await readContents(client, table, { isChecked: false });
  }
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
