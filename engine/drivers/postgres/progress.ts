// How far a session's statement is, by the server's own progress views.
import type { Queryable } from "./queryable.ts";

interface ProgressRow {
  readonly phase: string;
  readonly done: string | null;
  readonly total: string | null;
  readonly locker: number | null;
  readonly application: string | null;
}

/** What a statement of session `pid` is at; undefined where the server keeps no progress of it. */
const PROGRESS = `
SELECT p.phase, nullif(coalesce(nullif(p.blocks_done, 0), p.tuples_done), 0) AS done,
  CASE WHEN p.blocks_done > 0 THEN nullif(p.blocks_total, 0) ELSE nullif(p.tuples_total, 0) END AS total,
  nullif(p.current_locker_pid, 0) AS locker, a.application_name AS application
FROM pg_stat_progress_create_index p LEFT JOIN pg_stat_activity a ON a.pid = nullif(p.current_locker_pid, 0)
WHERE p.pid = $1
UNION ALL
SELECT v.phase, nullif(v.heap_blks_scanned, 0), nullif(v.heap_blks_total, 0), NULL, NULL
FROM pg_stat_progress_vacuum v WHERE v.pid = $1
UNION ALL
SELECT c.phase, nullif(c.heap_blks_scanned, 0), nullif(c.heap_blks_total, 0), NULL, NULL
FROM pg_stat_progress_cluster c WHERE c.pid = $1`;

/** One line: `building index: scanning table, 40 of 100 (40 %)`. */
export async function readProgress(queries: Queryable, pid: number): Promise<string | undefined> {
  const found = await queries.query<ProgressRow>(PROGRESS, [pid]);
  const row = found.rows[0];
  if (!row) return undefined;
  const { phase, done, total, locker, application } = row;
  const share =
    done === null || total === null
      ? ""
      : `, ${done} of ${total} (${String(Math.floor((Number(done) / Number(total)) * 100))} %)`;
  const behind =
    locker === null ? "" : `; behind pid ${String(locker)}${application ? `, ${application}` : ""}`;
  return `${phase}${share}${behind}`;
}
