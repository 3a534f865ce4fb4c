// How far index builds, vacuums and rewrites are, and what prepared transactions there are.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { PreparedSeen, ServerWork } from "./look.ts";

/** Of other roles' work the server hides all but the session, unless this role has pg_read_all_stats. */
const WORK = `
SELECT w.pid, w.what, w.command, w.phase, w.unit, w.done::float8 AS done, nullif(w.total, 0)::float8 AS total,
  nullif(w.behind, 0)::int AS "behindPid", r.name AS relation, i.name AS index
FROM (
  SELECT p.pid, 'index' AS what, p.command, p.phase, p.relid, p.index_relid, p.current_locker_pid AS behind,
    CASE WHEN p.blocks_total > 0 THEN 'blocks' ELSE 'tuples' END AS unit,
    CASE WHEN p.blocks_total > 0 THEN p.blocks_done ELSE p.tuples_done END AS done,
    CASE WHEN p.blocks_total > 0 THEN p.blocks_total ELSE p.tuples_total END AS total
  FROM pg_catalog.pg_stat_progress_create_index p WHERE p.datname = current_database()
  UNION ALL
  SELECT v.pid, 'vacuum', 'VACUUM', v.phase, v.relid, NULL, NULL, 'blocks', v.heap_blks_scanned, v.heap_blks_total
  FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.datname = current_database()
  UNION ALL
  SELECT c.pid, 'rewrite', c.command, c.phase, c.relid, NULL, NULL, 'blocks', c.heap_blks_scanned, c.heap_blks_total
  FROM pg_catalog.pg_stat_progress_cluster c WHERE c.datname = current_database()
) w
LEFT JOIN LATERAL (SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = w.relid) r ON true
LEFT JOIN LATERAL (SELECT c.relname AS name FROM pg_catalog.pg_class c WHERE c.oid = w.index_relid) i ON true
ORDER BY w.pid`;

/** What the server keeps progress of in this database. */
export async function readServerWork(queries: Queryable): Promise<readonly ServerWork[]> {
  return (await queries.query<ServerWork>(WORK)).rows;
}

/** The prepared transactions of this database, the oldest first; every role sees them. */
export async function readPrepared(queries: Queryable): Promise<readonly PreparedSeen[]> {
  const found = await queries.query<PreparedSeen>(
    `SELECT gid, owner AS "user", extract(epoch FROM clock_timestamp() - prepared)::int AS "forS"
     FROM pg_catalog.pg_prepared_xacts WHERE database = current_database() ORDER BY prepared, gid`,
  );
  return found.rows;
}
