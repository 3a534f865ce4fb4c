// The sessions of a database with what they wait for, also as a plain role (ENGINE.md rule 8).
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { asInPgLocks, conflictsOf, LOCK_MODES } from "../locks/modes.ts";
import type { SessionSeen } from "./look.ts";

/** A session as the server shows it. */
export interface SessionRow extends Omit<SessionSeen, "waitsFor" | "mark"> {
  /** Its transaction's virtual id, which every role may see; null for none. */
  readonly transaction: string | null;
  /** Whether its open transaction has asserted the lease. */
  readonly underLease: boolean;
  readonly waiting: WaitingRow | null;
}

/** A lock that was not granted. */
interface WaitingRow {
  readonly type: string;
  readonly mode: string;
  readonly on: string;
  readonly forS: number | null;
  readonly pids: readonly number[];
  /** Prepared transactions that hold something on the same object. */
  readonly prepared: readonly { readonly gid: string; readonly mode: string }[] | null;
}

/** A text is masked and cut afterwards; more than this is never needed for that, characters. */
const LONGEST_TEXT = 4_000;

/**
 * A session of another database is listed where one of this database waits for it. pg_locks and the server's views are
 * each read once, so that their parts fit together.
 */
const SESSIONS = `
WITH locks AS MATERIALIZED (SELECT * FROM pg_catalog.pg_locks),
activity AS MATERIALIZED (
  SELECT * FROM pg_catalog.pg_stat_activity WHERE pid <> pg_catalog.pg_backend_pid()
), here AS (
  SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()
), waiting AS MATERIALIZED (
  SELECT w.*, array_remove(array_remove(pg_catalog.pg_blocking_pids(w.pid), 0), pg_catalog.pg_backend_pid()) AS pids,
    -- PostgreSQL 13 does not keep when a wait began.
    coalesce((to_jsonb(w) ->> 'waitstart')::timestamptz, a.query_start) AS since
  FROM locks w JOIN activity a ON a.pid = w.pid AND a.datid = (SELECT oid FROM here)
  WHERE NOT w.granted
)
SELECT a.pid, a.usename AS "user", nullif(a.application_name, '') AS application, host(a.client_addr) AS client,
  a.backend_type AS kind, a.state,
  extract(epoch FROM clock_timestamp() - CASE WHEN a.state = 'active' THEN a.query_start ELSE a.state_change END)::int AS "stateForS",
  extract(epoch FROM clock_timestamp() - a.xact_start)::int AS "transactionForS",
  a.wait_event_type || ': ' || a.wait_event AS "waitEvent",
  nullif(left(nullif(a.query, '<insufficient privilege>'), $1), '') AS query,
  (SELECT v.virtualtransaction FROM locks v
   WHERE v.pid = a.pid AND v.locktype = 'virtualxid' AND v.mode = 'ExclusiveLock' AND v.granted LIMIT 1) AS transaction,
  EXISTS (SELECT FROM locks r WHERE r.pid = a.pid AND r.granted AND r.mode = 'RowShareLock'
    AND r.relation = (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'lockstep' AND c.relname = 'lease')
    AND r.database = (SELECT oid FROM here)) AS "underLease",
  w.waiting
FROM activity a LEFT JOIN LATERAL (
  SELECT jsonb_build_object('type', w.locktype, 'mode', w.mode,
    'forS', extract(epoch FROM clock_timestamp() - w.since)::int, 'pids', w.pids,
    'on', CASE w.locktype
      WHEN 'relation' THEN coalesce(t.name, 'a relation')
      WHEN 'tuple' THEN 'a row of ' || coalesce(t.name, 'a table')
      WHEN 'transactionid' THEN coalesce('a row of ' || (
        SELECT format('%I.%I', n.nspname, c.relname) FROM locks o JOIN pg_catalog.pg_class c ON c.oid = o.relation
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE o.pid = w.pid AND o.locktype = 'tuple' AND o.granted LIMIT 1), 'transaction ' || w.transactionid)
      WHEN 'virtualxid' THEN 'transaction ' || w.virtualxid
      WHEN 'advisory' THEN 'advisory lock ' || CASE WHEN w.objsubid = 1
        THEN ((w.classid::int8 << 32) | w.objid::int8)::text ELSE w.classid || ', ' || w.objid END
      ELSE w.locktype || coalesce(' of ' || t.name, '') END,
    -- pg_blocking_pids has only a 0 for them; a prepared transaction's own xid, which it locks, names it.
    'prepared', (SELECT jsonb_agg(DISTINCT jsonb_build_object('gid', p.gid, 'mode', h.mode))
      FROM locks h
      JOIN locks own ON own.pid IS NULL AND own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock'
        AND own.virtualtransaction = h.virtualtransaction
      JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = own.transactionid
      WHERE h.pid IS NULL AND h.granted
        AND ROW(h.locktype, h.database, h.relation, h.page, h.tuple, h.virtualxid, h.transactionid, h.classid, h.objid, h.objsubid)
        IS NOT DISTINCT FROM
          ROW(w.locktype, w.database, w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, w.objsubid))
  ) AS waiting
  FROM waiting w LEFT JOIN LATERAL (
    SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = w.relation AND w.database IN (0, (SELECT oid FROM here))
  ) t ON true
  WHERE w.pid = a.pid LIMIT 1
) w ON true
WHERE a.datid = (SELECT oid FROM here) OR a.pid IN (SELECT unnest(pids) FROM waiting)
ORDER BY a.backend_start, a.pid`;

/** The sessions of this database but the one that asks; `whole`: with their queries' whole text. */
export async function readSessions(
  queries: Queryable,
  { whole = false }: { readonly whole?: boolean } = {},
): Promise<readonly SessionRow[]> {
  const longest = whole ? 2 ** 30 : LONGEST_TEXT;
  return (await queries.query<SessionRow>(SESSIONS, [longest])).rows;
}

/** The prepared transactions that really are in the way: those whose lock conflicts with the one waited for. */
export function blockingGids({ type, mode, prepared }: WaitingRow): readonly string[] {
  const wanted = LOCK_MODES.find((one) => asInPgLocks(one) === mode);
  const conflicts = type === "relation" && wanted ? conflictsOf(wanted) : undefined;
  const gids = (prepared ?? []).filter((one) => conflicts?.includes(one.mode) ?? true);
  return [...new Set(gids.map(({ gid }) => gid))];
}
