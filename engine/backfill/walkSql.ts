// What a backfill sends around its own statement, for the runner and for a plan alike.
import pg from "pg";
import {
  beginSql,
  ledgerRowSql,
  type AskSql,
  type LedgerRow,
  type Token,
} from "../run/sessionSql.ts";
import { shown, type Placeholder } from "../sql/placeholder.ts";
import { keyColumns, parameters, row } from "./batchSql.ts";

/** What is walked. */
export interface Walked {
  readonly table: string;
  /** As the directive has it. */
  readonly key: string;
}

/** Begins the backfill's row, and keeps its remaining query for contract. */
export function openBackfillSql(file: Omit<LedgerRow, "state">, remaining: string): string {
  const number = file.migration.order.toString();
  return `${ledgerRowSql({ ...file, state: "running" })} INSERT INTO lockstep.backfill (number, remaining) VALUES (${number}, ${pg.escapeLiteral(remaining)}) ON CONFLICT (number) DO UPDATE SET remaining = excluded.remaining;`;
}

/** Sends a backfill back to its first key. */
export function walkAgainSql(number: string): string {
  return `UPDATE lockstep.backfill SET position = NULL, walked = false WHERE number = ${number};`;
}

/** How far a backfill is. */
export function progressSql(number: string): string {
  return `SELECT position, rows FROM lockstep.backfill WHERE number = ${number}`;
}

/** A batch's transaction begins with how far the backfill is: after a cut nobody but the ledger knows. */
export function beginBatchSql(token: Token, ask: AskSql, number: string): string {
  return `${beginSql(token, ask)} ${progressSql(number)};`;
}

/** Ends the walk. */
export function walkedSql(number: string): string {
  return `UPDATE lockstep.backfill SET walked = true WHERE number = ${number}; COMMIT;`;
}

/** Ends a batch: `position` is a literal. A COMMIT that waits for a synchronous standby must not be cut short. */
export function positionSql(
  number: string,
  at: { readonly position: string | Placeholder; readonly rows: number | Placeholder },
): string {
  return `SET LOCAL statement_timeout = 0; UPDATE lockstep.backfill SET position = ${shown(at.position)}, rows = ${shown(at.rows)} WHERE number = ${number}; COMMIT`;
}

/** Which keys are looked through for a batch's end; a plan leaves that to a placeholder. */
export function keyRangeSql(
  key: string,
  { above, below }: { readonly above: boolean; readonly below: boolean },
): string {
  const columns = keyColumns(key);
  const bounds = [
    ...(above ? [`${row(columns)} > ${row(parameters(columns, 1))}`] : []),
    ...(below
      ? [`${row(columns)} <= ${row(parameters(columns, 1 + (above ? columns.length : 0)))}`]
      : []),
  ];
  return bounds.length > 0 ? `WHERE ${bounds.join(" AND ")}` : "";
}

/** How a batch's end is looked up. */
export interface EndLookup {
  /** `keyRangeSql` */
  readonly range: string | Placeholder;
  /** Rows of a whole batch, less one. */
  readonly offset: number | Placeholder;
  /** The same and one more. */
  readonly rows: number | Placeholder;
  /** The statement_timeout that holds from here to the transaction's end, ms; 0 for none. */
  readonly limitMs: number | Placeholder;
}

/** The key that ends a whole batch. Only now a limit: without an index on its key a table takes long to look through. */
export function wholeBatchSql(walked: Walked, { range, offset, limitMs }: EndLookup): string {
  const columns = keyColumns(walked.key);
  return `SELECT ${asText(columns)} AS key, ${limitOf(limitMs)} FROM (${keysSql(walked, range)} OFFSET ${shown(offset)} LIMIT 1) AS last`;
}

/** The last key, where fewer rows than a whole batch are left. */
export function lastBatchSql(walked: Walked, { range, rows, limitMs }: EndLookup): string {
  const columns = keyColumns(walked.key);
  const keys = `${keysSql(walked, range)} LIMIT ${shown(rows)}`;
  return `SELECT ${asText(columns)} AS key, rows::int AS rows, ${limitOf(limitMs)} FROM (SELECT ${columns.join(", ")}, count(*) OVER () AS rows FROM (${keys}) AS range) AS batch ORDER BY ${descending(columns)} LIMIT 1`;
}

/** The table's last key. */
export function lastKeySql({ table, key }: Walked): string {
  const columns = keyColumns(key);
  return `SELECT ${asText(columns)} AS key FROM ${table} ORDER BY ${descending(columns)} LIMIT 1`;
}

function keysSql({ table, key }: Walked, range: string | Placeholder): string {
  const ordered = keyColumns(key).join(", ");
  return `SELECT ${ordered} FROM ${table} ${shown(range)} ORDER BY ${ordered}`;
}

function limitOf(limitMs: number | Placeholder): string {
  return `pg_catalog.set_config('statement_timeout', '${shown(limitMs)}', true)`;
}

function asText(columns: readonly string[]): string {
  return `ARRAY[${columns.map((column) => `${column}::text`).join(", ")}]`;
}

function descending(columns: readonly string[]): string {
  return columns.map((column) => `${column} DESC`).join(", ");
}
