// What is left to fill, by each backfill's own query: contract waits until it is 0.
import { LockstepError } from "../errors/lockstepError.ts";
import { statementError } from "../run/statementError.ts";
import { ensureNotAborted, type Run } from "../run/workSession.ts";

/** How many rows of a query that returns more than one an error shows. */
const MOST_SHOWN = 3;

/** An applied backfill whose old data was not removed yet, and how many rows its query counts. */
export interface Unfilled {
  readonly number: bigint;
  readonly rows: number;
}

/**
 * The unsettled backfills below `before` with rows left.
 * @throws LockstepError STATEMENT_FAILED when a remaining query fails or does not return one number.
 */
export async function readUnfilled(run: Run, before: bigint): Promise<readonly Unfilled[]> {
  const open = await run.session.query<{ number: string; remaining: string; label: string }>(
    `SELECT b.number, b.remaining, m.label || '_' || m.name AS label
     FROM lockstep.backfill b JOIN lockstep.migration m USING (number)
     WHERE NOT b.settled AND b.number < $1 ORDER BY b.number`,
    [before.toString()],
  );
  const unfilled: Unfilled[] = [];
  for (const row of open.rows) {
    const rows = await countRemaining(run, row.remaining, row.label);
    if (rows !== 0) unfilled.push({ number: BigInt(row.number), rows });
  }
  return unfilled;
}

async function countRemaining(run: Run, query: string, label: string): Promise<number> {
  const path = `remaining query of ${label}`;
  let values: readonly unknown[];
  try {
    const { rows, fields } = await run.session.query(query);
    // Columns of one name share a property: only the fields tell how many there are.
    values =
      rows.length === 1 && fields.length === 1
        ? Object.values(rows[0] ?? {})
        : rows.slice(0, MOST_SHOWN);
  } catch (error) {
    ensureNotAborted(run.signal, error);
    const source = { path, sql: query, sent: query, toFile: (offset: number) => offset };
    throw statementError(error, source, "nothing was removed");
  }
  const [value] = values;
  // NULL would count as 0, and the data as moved.
  const isNumber = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
  if (values.length === 1 && isNumber && Number.isFinite(Number(value))) return Number(value);
  throw new LockstepError(
    "STATEMENT_FAILED",
    "A backfill's remaining query does not return one number",
    {
      where: path,
      seen: `${query}\nreturned ${JSON.stringify(values)}`,
      next: "write it as remaining=SELECT count(*) FROM ... WHERE ...; nothing was removed",
    },
  );
}
