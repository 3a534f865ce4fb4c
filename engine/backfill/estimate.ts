// How many rows a walk has before it, as the server's planner estimates it: from the table's statistics, without reading it.
import type { Run } from "../run/workSession.ts";
import { keyColumns, parameters, row } from "./batchSql.ts";
import type { MeterStart } from "./meter.ts";

/** What is walked, and how far an earlier run came. */
export interface Walk {
  readonly table: string;
  /** As the directive has it. */
  readonly key: string;
  /** The last key that is done; undefined at the beginning. */
  readonly position: readonly string[] | undefined;
}

/**
 * Estimates the table's rows and those that are walked already. The planner knows the table's present size and the
 * distribution of its key (`pg_class.reltuples` and `pg_stats`), of partitions and of keys of any type.
 */
export async function estimateWalk(run: Run, { table, key, position }: Walk): Promise<MeterStart> {
  const total = await planRows(run, `SELECT FROM ${table}`);
  if (total === undefined || position === undefined) return { walkedRows: 0, estimatedRows: total };
  const columns = keyColumns(key);
  const above = `${row(columns)} > ${row(parameters(columns, 1))}`;
  const left = await planRows(run, `SELECT FROM ${table} WHERE ${above}`, position);
  return { walkedRows: Math.max(0, total - (left ?? total)), estimatedRows: total };
}

interface Explained {
  readonly Plan?: { readonly "Plan Rows"?: number };
}

async function planRows(
  run: Run,
  sql: string,
  values: readonly string[] = [],
): Promise<number | undefined> {
  const found = await run.session.query<{ "QUERY PLAN": readonly Explained[] }>(
    `EXPLAIN (FORMAT JSON) ${sql}`,
    values,
  );
  return found.rows[0]?.["QUERY PLAN"][0]?.Plan?.["Plan Rows"];
}
