// One look at a database's server for a gate: who is connected, and what was lost.
import { close, connectWhenReady } from "../drivers/postgres/connect.ts";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import { silent } from "../events.ts";
import type { AskOptions } from "./observe.ts";
import type { DatabaseSample } from "./vitals.ts";

interface Row extends Record<string, unknown> {
  readonly connections: number;
  readonly most: number;
  readonly lost: number;
  readonly deadlocks: number;
}

/**
 * A role without pg_read_all_stats sees other roles' sessions without their type, so all with a database
 * count where that is hidden. The counts of lost sessions exist from PostgreSQL 14 on; as JSON a column that
 * is not there is null.
 */
const LOOK = `
SELECT (SELECT count(*)::int FROM pg_catalog.pg_stat_activity
    WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend') AS connections,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
  coalesce((s.row ->> 'sessions_abandoned')::float8, 0) + coalesce((s.row ->> 'sessions_fatal')::float8, 0)
    + coalesce((s.row ->> 'sessions_killed')::float8, 0) AS lost,
  coalesce((s.row ->> 'deadlocks')::float8, 0) AS deadlocks
FROM (SELECT to_jsonb(d) AS row FROM pg_catalog.pg_stat_database d WHERE d.datname = current_database()) s`;

/** Looks once; needs no more than a connection. */
export async function lookAtDatabase(queries: Queryable): Promise<DatabaseSample> {
  const { rows } = await queries.query<Row>(LOOK);
  const [row] = rows;
  return {
    connections: row?.connections ?? 0,
    maxConnections: row?.most ?? 0,
    lostSessions: row?.lost ?? 0,
    deadlocks: row?.deadlocks ?? 0,
  };
}

/** The same on a connection of its own, as an app's would be; a string says why there is none. Never throws. */
export async function lookOnce(
  target: DatabaseTarget,
  { timeoutMs, signal, applicationName }: AskOptions & { readonly applicationName: string },
): Promise<DatabaseSample | string> {
  const options = {
    ...{ applicationName, attempts: 1, intervalMs: 0, report: silent },
    ...(signal && { signal }),
  };
  const looked = (async () => {
    const client = await connectWhenReady(target, options);
    try {
      return await lookAtDatabase(client);
    } finally {
      await close(client);
    }
  })();
  const late = new Promise<string>((resolve) => {
    const timer = setTimeout(resolve, timeoutMs, `no answer within ${timeoutMs / 1000} s`);
    const stop = () => {
      clearTimeout(timer);
    };
    looked.then(stop, stop);
  });
  const seen = await Promise.race([looked, late]).catch((error: unknown) =>
    isLockstepError(error) ? error.message : String(error),
  );
  return typeof seen === "string" ? `the database cannot be looked at: ${seen}` : seen;
}
