// Sessions of older releases, told by application_name; proof only on direct connections (ENGINE.md rule 21).
import type { ClientBase } from "pg";

/** A session that may be an older release's. */
export interface OldSession {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** Where it comes from; null for a local socket or where the role may not see it. */
  readonly client: string | null;
}

/** Whose sessions are fine. */
export interface SessionFilter {
  /** This release's id, as the app was told: `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  /** application_name values (LIKE patterns) that are known not to be the app's. */
  readonly allowedApplications: readonly string[];
}

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
  const found = await client.query<OldSession>(
    `SELECT pid, coalesce(usename, '') AS "user", coalesce(application_name, '') AS application,
       host(client_addr) AS client
     FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (backend_type IS NULL OR backend_type = 'client backend')
       AND coalesce(application_name, '') <> $1
       AND coalesce(application_name, '') NOT LIKE 'lockstep:%'
       AND NOT coalesce(application_name, '') LIKE ANY ($2::text[])
     ORDER BY pid`,
    [appName(filter.releaseId), [...filter.allowedApplications]],
  );
  return found.rows;
}

/** One line for people. */
export function describeSession(session: OldSession): string {
  const name = session.application === "" ? "(no application_name)" : session.application;
  return `pid ${String(session.pid)}, user ${session.user}, ${name}${session.client ? `, from ${session.client}` : ""}`;
}
