// Whose transactions hold, or wait for, what a file is going to lock: told from pg_locks, which every role may read.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { conflictsOf } from "./modes.ts";
import type { RelationLock } from "./resolve.ts";

/** One transaction that is in the way. */
export interface Holder {
  /** Names the transaction for its whole life, also a prepared one. */
  readonly transaction: string;
  /** Null for a prepared transaction. */
  readonly pid: number | null;
}

/**
 * The transactions that are in the way of `locks` now. Only conflicting modes count (ENGINE.md rule 9). What waits for such
 * a lock counts, too: we would stand in the queue behind it.
 */
export async function readHolders(
  queries: Queryable,
  locks: readonly RelationLock[],
): Promise<readonly Holder[]> {
  if (locks.length === 0) return [];
  const wanted = locks.flatMap(({ oid, mode }) => conflictsOf(mode).map((held) => ({ oid, held })));
  const found = await queries.query<Holder>(
    `SELECT DISTINCT l.virtualtransaction AS transaction, l.pid
     FROM pg_catalog.pg_locks l
     JOIN jsonb_to_recordset($1::jsonb) AS w(oid int8, held text) ON w.oid = l.relation::int8 AND w.held = l.mode
     WHERE l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_backend_pid()
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`,
    [JSON.stringify(wanted)],
  );
  return found.rows;
}
