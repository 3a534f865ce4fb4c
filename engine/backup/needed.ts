// Which backups something still relies on: those that a release's contract may have to be undone from.
import type { Queryable } from "../drivers/postgres/queryable.ts";

/** So long after contract its backup is kept, whatever `backup.keep` says, ms: what is missed is mostly missed within a week. */
const AFTER_CONTRACT_MS = 7 * 24 * 60 * 60 * 1000;

/** Ids of the backups taken for releases whose contract files were applied less than that ago. The ledger must exist. */
export async function neededBackups(client: Queryable): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT DISTINCT e.data->>'id' AS id FROM lockstep.event e
     WHERE e.kind = 'backup' AND e.release IN (
       SELECT m.release FROM lockstep.migration m
       WHERE m.stage = 'contract' AND NOT m.baseline
         AND m.applied_at > clock_timestamp() - $1::bigint * interval '1 ms')`,
    [AFTER_CONTRACT_MS],
  );
  return rows.map(({ id }) => id);
}
