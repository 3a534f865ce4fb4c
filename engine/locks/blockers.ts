// Who is in the way of a lock, for people: sessions, autovacuum, and prepared transactions that no session shows.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { Holder } from "./holders.ts";

/** How many blockers a report names. */
const MOST = 5;

/** A transaction that holds locks. What the server hides from this role is null. */
export interface Blocker {
  /** Null for a prepared transaction. */
  readonly pid: number | null;
  /** A prepared transaction's name. */
  readonly gid: string | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  /** Since when its transaction is open, s. */
  readonly ageS: number | null;
  /** Since when its query runs, or it is idle, s. */
  readonly sinceS: number | null;
  readonly query: string | null;
  /** `things AccessShareLock, …` */
  readonly relations: string;
  /** `wraparound`: it does not give way. */
  readonly autovacuum: "yes" | "wraparound" | null;
  /** How far a vacuum is: `scanning heap, 40 of 1000 pages`. */
  readonly progress: string | null;
}

/**
 * Those who hold locks on user relations, the oldest first: all, or only the transactions `among`. Without
 * pg_read_all_stats the server hides other roles' queries and ages; the locks themselves are always visible.
 */
export async function readBlockers(
  queries: Queryable,
  among?: readonly Holder[],
): Promise<readonly Blocker[]> {
  const found = await queries.query<Blocker>(
    `SELECT l.pid, p.gid, coalesce(a.usename, p.owner) AS user, nullif(a.application_name, '') AS application,
       a.state,
       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::int AS "ageS",
       extract(epoch FROM clock_timestamp() - CASE WHEN a.state = 'active' THEN a.query_start ELSE a.state_change END)::int AS "sinceS",
       nullif(left(regexp_replace(nullif(a.query, '<insufficient privilege>'), '\\s+', ' ', 'g'), 80), '') AS query,
       string_agg(DISTINCT c.relname || ' ' || l.mode, ', ') AS relations,
       -- Its worker has no role; of a vacuum that somebody else started even a plain role sees the pid.
       CASE WHEN a.usesysid IS NULL AND (a.backend_type = 'autovacuum worker' OR v.pid IS NOT NULL)
         THEN CASE WHEN a.query LIKE '%(to prevent wraparound)'
             OR bool_or(age(c.relfrozenxid) > current_setting('autovacuum_freeze_max_age')::int AND c.relkind IN ('r', 'm', 't'))
           THEN 'wraparound' ELSE 'yes' END END AS autovacuum,
       v.phase || ', ' || v.heap_blks_scanned || ' of ' || v.heap_blks_total || ' pages' AS progress
     FROM pg_locks l
     JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'i', 'I', 'S')
     JOIN pg_namespace n ON n.oid = c.relnamespace
       AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'lockstep', 'pg_toast')
     LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     LEFT JOIN pg_stat_progress_vacuum v ON v.pid = l.pid
     -- A prepared transaction keeps its session's virtual id; its own xid, which it locks, names it.
     LEFT JOIN pg_locks own ON l.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid'
       AND own.mode = 'ExclusiveLock' AND own.virtualtransaction = l.virtualtransaction
     LEFT JOIN pg_prepared_xacts p ON p.transaction = own.transactionid
     WHERE l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_backend_pid()
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND ($1::text[] IS NULL AND l.granted AND c.relkind NOT IN ('i', 'I', 'S') OR l.virtualtransaction = ANY ($1))
     GROUP BY l.pid, p.gid, p.owner, p.prepared, a.usename, a.application_name, a.state, a.xact_start,
       a.query_start, a.state_change, a.query, a.usesysid, a.backend_type, v.pid, v.phase, v.heap_blks_scanned, v.heap_blks_total
     ORDER BY "ageS" DESC NULLS LAST LIMIT ${String(MOST)}`,
    [among ? among.map(({ transaction }) => transaction) : null],
  );
  return found.rows;
}

/** One line: pid or gid, user, application, state, ages, relations, query. */
export function describeBlocker(blocker: Blocker): string {
  const { pid, gid, user, application, state, ageS, sinceS, query, relations } = blocker;
  const who = pid === null ? `prepared transaction ${gid ?? "?"}` : `pid ${String(pid)}`;
  const doing = state === "active" ? "its query" : state;
  const parts = [
    who,
    blocker.autovacuum ? "autovacuum" : null,
    blocker.autovacuum === "wraparound" ? "against wraparound" : null,
    user,
    application,
    ageS === null ? null : `open for ${String(ageS)} s`,
    sinceS === null || doing === null ? null : `${doing} for ${String(sinceS)} s`,
    blocker.progress,
  ];
  return `${parts.filter(Boolean).join(", ")} (${relations})${query ? `: ${query}` : ""}`;
}
