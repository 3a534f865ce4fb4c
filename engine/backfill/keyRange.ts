// Where a batch ends: looked up by the key's own index, in the key's own collation.
import type { Run } from "../run/workSession.ts";
import { keyRangeSql, lastBatchSql, lastKeySql, wholeBatchSql, type Walked } from "./walkSql.ts";

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
  walked: Walked,
  { from, until, rows, limitMs }: BatchRequest,
): Promise<RangeEnd | undefined> {
  const values = [...(from ?? []), ...(until ?? [])];
  const range = keyRangeSql(walked.key, { above: from !== undefined, below: until !== undefined });
  const lookup = { range, offset: rows - 1, rows, limitMs };
  const whole = await run.session.query<{ key: string[] }>(wholeBatchSql(walked, lookup), values);
  if (whole.rows[0]) return { key: whole.rows[0].key, rows };
  const rest = await run.session.query<{ key: string[]; rows: number }>(
    lastBatchSql(walked, lookup),
    values,
  );
  return rest.rows[0];
}

/** The table's last key now; undefined where it is empty. */
export async function lastKey(run: Run, walked: Walked): Promise<Key | undefined> {
  const found = await run.session.query<{ key: string[] }>(lastKeySql(walked));
  return found.rows[0]?.key;
}
