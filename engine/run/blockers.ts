// Who is in the way of a lock: sessions with old transactions, and prepared transactions that no session shows.
import type { ClientBase } from "pg";

/** How many blockers a report names. */
const MOST = 5;

interface BlockerRow {
  readonly pid: number | null;
  readonly gid: string | null;
  readonly who: string | null;
  readonly application: string | null;
  readonly age_s: number | null;
  readonly query: string | null;
  readonly relations: string;
}

/**
 * Lines naming who holds locks on user relations, the oldest first: pid, user, application, age of
 * the transaction, relations, query; prepared transactions by gid. Without pg_read_all_stats the
 * server hides other roles' queries and ages; the locks themselves are always visible.
 */
export async function readBlockers(client: ClientBase): Promise<readonly string[]> {
  const found = await client.query<BlockerRow>(
    `SELECT l.pid, p.gid, coalesce(a.usename, p.owner) AS who, a.application_name AS application,
       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::int AS age_s,
       left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80) AS query,
       string_agg(DISTINCT c.relname || ' ' || l.mode, ', ') AS relations
     FROM pg_locks l
     JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
     JOIN pg_namespace n ON n.oid = c.relnamespace
       AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'lockstep', 'pg_toast')
     LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     -- A prepared transaction keeps its session's virtual id; its own xid, which it locks, names it.
     LEFT JOIN pg_locks own ON l.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid'
       AND own.mode = 'ExclusiveLock' AND own.virtualtransaction = l.virtualtransaction
     LEFT JOIN pg_prepared_xacts p ON p.transaction = own.transactionid
     WHERE l.granted AND l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_backend_pid()
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY age_s DESC NULLS LAST LIMIT ${String(MOST)}`,
  );
  return found.rows.map(describe);
}

function describe(row: BlockerRow): string {
  const who =
    row.pid === null ? `prepared transaction ${row.gid ?? "?"}` : `pid ${String(row.pid)}`;
  const parts = [
    who,
    row.who,
    row.application,
    row.age_s === null ? null : `for ${String(row.age_s)} s`,
  ];
  const query = row.query ? `: ${row.query}` : "";
  return `${parts.filter(Boolean).join(", ")} (${row.relations})${query}`;
}
