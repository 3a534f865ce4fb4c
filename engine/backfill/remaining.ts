// What is left to fill, by each backfill's own query: contract waits until it is 0.
import type { ClientBase } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";

/** An applied backfill whose old data was not removed yet, and how many rows its query counts. */
export interface Unfilled {
  readonly number: bigint;
  readonly rows: number;
}

/**
 * The unsettled backfills below `before` with rows left.
 * @throws LockstepError STATEMENT_FAILED when a remaining query does not return one number.
 */
export async function readUnfilled(
  client: ClientBase,
  before: bigint,
): Promise<readonly Unfilled[]> {
  const open = await client.query<{ number: string; remaining: string }>(
    "SELECT number, remaining FROM lockstep.backfill WHERE NOT settled AND number < $1 ORDER BY number",
    [before.toString()],
  );
  const unfilled: Unfilled[] = [];
  for (const row of open.rows) {
    const rows = await countRemaining(client, row.remaining, row.number);
    if (rows > 0) unfilled.push({ number: BigInt(row.number), rows });
  }
  return unfilled;
}

async function countRemaining(client: ClientBase, query: string, number: string): Promise<number> {
  const result = await client.query<unknown[]>({ text: query, rowMode: "array" });
  const value = Number(result.rows[0]?.[0]);
  if (result.rows.length === 1 && Number.isFinite(value)) return value;
  throw new LockstepError(
    "STATEMENT_FAILED",
    "A backfill's remaining query does not return one number",
    {
      where: `backfill ${number}`,
      seen: query,
      next: "write it as remaining=SELECT count(*) FROM ... WHERE ...",
    },
  );
}
