// Sessions of older releases, told by application_name, which is proof on direct connections only, or by the release's login.
import type { ClientBase } from "pg";

/** A session that may be an older release's. */
export interface OldSession {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** Where it comes from; null for a local socket or where the role may not see it. */
  readonly client: string | null;
  /** How long it is connected, s; null where the role may not see it, as with what follows. */
  readonly connectedS?: number | null;
  /** `active`, `idle`, `idle in transaction` … */
  readonly state?: string | null;
  /** For how long it is in that state, s. */
  readonly stateS?: number | null;
}

/** Whose sessions are fine. */
export interface SessionFilter {
  /** This release's id, as the app was told: `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  /** application_name values (LIKE patterns) that are known not to be the app's; `role:NAME` is all that logs in as NAME. */
  readonly allowedApplications: readonly string[];
  /** The role that only this release logs in as: then no name makes a session this release's. */
  readonly login?: string | undefined;
}

/** What an allowed role begins with, among allowed names. */
const ROLE = "role:";

/** PostgreSQL cuts application_name to this many bytes. */
const NAME_BYTES = 63;

/** The application_name by which a release's app is known. */
export function appName(releaseId: string): string {
  return Buffer.from(`app:${releaseId}`).subarray(0, NAME_BYTES).toString();
}

/**
 * Client sessions of this database that are neither this release's, nor lockstep's, nor allowed. A
 * name that nobody knows counts as old: what cannot be told apart must not be assumed gone.
 */
export async function readOldSessions(
  client: ClientBase,
  filter: SessionFilter,
): Promise<readonly OldSession[]> {
  const { releaseId, allowedApplications, login = null } = filter;
  const names = allowedApplications.filter((name) => !name.startsWith(ROLE));
  const roles = allowedApplications
    .filter((name) => name.startsWith(ROLE))
    .map((name) => name.slice(ROLE.length));
  const found = await client.query<OldSession>(
    `SELECT pid, coalesce(usename, '') AS "user", coalesce(application_name, '') AS application,
       host(client_addr) AS client, state,
       extract(epoch FROM clock_timestamp() - backend_start)::int AS "connectedS",
       extract(epoch FROM clock_timestamp() - state_change)::int AS "stateS"
     FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (backend_type IS NULL OR backend_type = 'client backend')
       AND CASE WHEN $3::text IS NULL THEN coalesce(application_name, '') <> $1
         ELSE usename IS DISTINCT FROM $3 END
       AND coalesce(application_name, '') NOT LIKE 'lockstep:%'
       AND NOT coalesce(application_name, '') LIKE ANY ($2::text[])
       AND coalesce(usename, '') <> ALL ($4::text[])
     ORDER BY pid`,
    [appName(releaseId), names, login, roles],
  );
  return found.rows;
}

/** One line for people: who, from where, since when, and what it does. */
export function describeSession(session: OldSession): string {
  const { pid, user, application, client, connectedS, state, stateS } = session;
  const parts = [`pid ${String(pid)}, user ${user}, ${application || "(no application_name)"}`];
  if (client) parts.push(`from ${client}`);
  if (typeof connectedS === "number") parts.push(`connected for ${span(connectedS)}`);
  if (state) parts.push(typeof stateS === "number" ? `${state} for ${span(stateS)}` : state);
  return parts.join(", ");
}

/** `45 s`, `12 min`, `3.5 h`. */
function span(seconds: number): string {
  if (seconds < 120) return `${String(Math.max(0, seconds))} s`;
  if (seconds < 7_200) return `${String(Math.round(seconds / 60))} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
