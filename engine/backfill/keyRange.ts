// Where a batch ends: looked up by the key's own index, in the key's own collation.
import type { Run } from "../run/workSession.ts";
import { keyColumns, parameters, row } from "./batchSql.ts";

/** What is walked. */
export interface Walked {
  readonly table: string;
  /** As the directive has it. */
  readonly key: string;
}

/** A key, each column as text. */
export type Key = readonly string[];

/** What to look for. */
export interface BatchRequest {
  /** The last key that is done; undefined at the beginning. */
  readonly from: Key | undefined;
  /** The last key of the walk; undefined where it goes on to the table's end. */
  readonly until: Key | undefined;
  /** Rows of a whole batch. */
  readonly rows: number;
  /** The statement_timeout that holds from here to the transaction's end, ms; 0 for none. */
  readonly limitMs: number;
}

/** The key that ends a batch, and how many rows lie up to there. */
export interface RangeEnd {
  readonly key: Key;
  readonly rows: number;
}

/** The end of the next batch; undefined where no row is left. */
export async function endOfBatch(
  run: Run,
  { table, key }: Walked,
  { from, until, rows, limitMs }: BatchRequest,
): Promise<RangeEnd | undefined> {
  const columns = keyColumns(key);
  const above = from && `${row(columns)} > ${row(parameters(columns, 1))}`;
  const below = until && `${row(columns)} <= ${row(parameters(columns, 1 + (from?.length ?? 0)))}`;
  const bounds = [above, below].filter((bound) => bound !== undefined);
  const values = [...(from ?? []), ...(until ?? [])];
  const where = bounds.length > 0 ? `WHERE ${bounds.join(" AND ")}` : "";
  const ordered = columns.join(", ");
  const keys = `SELECT ${ordered} FROM ${table} ${where} ORDER BY ${ordered}`;
  // Only now: a table without an index on its key takes long to look through whatever the batch's size.
  const limit = `pg_catalog.set_config('statement_timeout', '${String(limitMs)}', true)`;
  const whole = await run.session.query<{ key: string[] }>(
    `SELECT ${asText(columns)} AS key, ${limit} FROM (${keys} OFFSET ${String(rows - 1)} LIMIT 1) AS last`,
    values,
  );
  if (whole.rows[0]) return { key: whole.rows[0].key, rows };
  const rest = await run.session.query<{ key: string[]; rows: number }>(
    `SELECT ${asText(columns)} AS key, rows::int AS rows, ${limit} FROM (SELECT ${ordered}, count(*) OVER () AS rows FROM (${keys} LIMIT ${String(rows)}) AS range) AS batch ORDER BY ${descending(columns)} LIMIT 1`,
    values,
  );
  return rest.rows[0];
}

/** The table's last key now; undefined where it is empty. */
export async function lastKey(run: Run, { table, key }: Walked): Promise<Key | undefined> {
  const columns = keyColumns(key);
  const found = await run.session.query<{ key: string[] }>(
    `SELECT ${asText(columns)} AS key FROM ${table} ORDER BY ${descending(columns)} LIMIT 1`,
  );
  return found.rows[0]?.key;
}

function asText(columns: readonly string[]): string {
  return `ARRAY[${columns.map((column) => `${column}::text`).join(", ")}]`;
}

function descending(columns: readonly string[]): string {
  return columns.map((column) => `${column} DESC`).join(", ");
}
