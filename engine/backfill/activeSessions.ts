// How many sessions are at work in the server, beside lockstep's own.
import type { Queryable } from "../drivers/postgres/queryable.ts";

/** What one look at the sessions found. */
export interface SessionsLook {
  /** Sessions that run a statement or wait within one, in any database of the server. */
  readonly active: number;
  /** Sessions of which this role may not see what they do. */
  readonly hidden: number;
  /** The limit where config names none: a quarter of max_connections. */
  readonly usualLimit: number;
}

/** The server does not tell its processors; whoever set max_connections had its strength in mind. */
const SHARE_OF_CONNECTIONS = 4;
const LEAST_LIMIT = 2;

const SESSIONS = `
SELECT count(*) FILTER (WHERE state = 'active' AND backend_type = 'client backend')::int AS active,
  count(*) FILTER (WHERE backend_type IS NULL AND datid IS NOT NULL)::int AS hidden,
  current_setting('max_connections')::int AS connections
FROM pg_catalog.pg_stat_activity
WHERE pid <> pg_catalog.pg_backend_pid() AND application_name NOT LIKE 'lockstep:%'`;

/** Looks at the sessions once. */
export async function lookAtSessions(queries: Queryable): Promise<SessionsLook> {
  const found = await queries.query<{ active: number; hidden: number; connections: number }>(
    SESSIONS,
  );
  const { active = 0, hidden = 0, connections = 0 } = found.rows[0] ?? {};
  const usualLimit = Math.max(LEAST_LIMIT, Math.floor(connections / SHARE_OF_CONNECTIONS));
  return { active, hidden, usualLimit };
}
