// Which backups something still relies on: those that a release's contract may have to be undone from.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { KeepSettings } from "./list.ts";

/** So many days after contract its backups are kept where the stack does not say: what is missed is mostly missed within a week. */
const DEFAULT_CONTRACT_DAYS = 7;

/** Ids of the backups taken for releases whose contract files were applied less than `contractDays` ago. The ledger must exist. */
export async function neededBackups(
  client: Queryable,
  { contractDays = DEFAULT_CONTRACT_DAYS }: Pick<KeepSettings, "contractDays"> = {},
): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT DISTINCT e.data->>'id' AS id FROM lockstep.event e
     WHERE e.kind = 'backup' AND e.release IN (
       SELECT m.release FROM lockstep.migration m
       WHERE m.stage = 'contract' AND NOT m.baseline
         AND m.applied_at > clock_timestamp() - $1::int * interval '1 day')`,
    [contractDays],
  );
  return rows.map(({ id }) => id);
}
