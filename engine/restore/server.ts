// The server of a database: other databases on it, and who is connected to one.
import type { Client } from "pg";
import { connect } from "../drivers/postgres/connect.ts";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import { type DatabaseTarget, parseUrl } from "../drivers/postgres/target.ts";
import { isLockstepError, type LockstepError } from "../errors/lockstepError.ts";

/** What sessions of a restore call themselves. */
export const APPLICATION = { applicationName: "lockstep:restore" } as const;

/** Databases that a server has for those who work on others, the usual one first. */
const MAINTENANCE = ["postgres", "template1"] as const;

/** The same server and role, another database. */
export function onDatabase(target: DatabaseTarget, database: string): DatabaseTarget {
  const url = new URL(target.url);
  url.pathname = `/${encodeURIComponent(database)}`;
  const other = parseUrl(url.href, "restore");
  return target.dial ? { ...other, dial: target.dial } : other;
}

/**
 * A session on the server of `target` but on none of the databases in `apart`: one that somebody is connected to can be neither
 * renamed nor copied. The caller closes it.
 * @throws LockstepError CONNECTION
 */
export async function connectBeside(
  target: DatabaseTarget,
  apart: readonly string[],
): Promise<Client> {
  let first: LockstepError | undefined;
  for (const name of MAINTENANCE.filter((one) => !apart.includes(one))) {
    try {
      return await connect(onDatabase(target, name), APPLICATION);
    } catch (error) {
      if (!isLockstepError(error)) throw error;
      first ??= error;
    }
  }
  throw first ?? new Error(`no database to work from beside ${apart.join(", ")}`);
}

/** A session that is connected to a database. */
export interface Session {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** Null on a socket, or where this role may not see it. */
  readonly address: string | null;
}

/** Who is connected to `database`, our own sessions aside. Throws pg's errors. */
export async function findSessions(client: Client, database: string): Promise<readonly Session[]> {
  const { rows } = await client.query<Session>(
    `SELECT pid, coalesce(usename, '') AS user, coalesce(application_name, '') AS application,
            client_addr::text AS address
     FROM pg_stat_activity
     WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type IN ('client backend', 'walsender')
       AND application_name <> $2
     ORDER BY pid`,
    [database, APPLICATION.applicationName],
  );
  return rows;
}

/** Sessions for people: alike ones in one line. */
export function describeSessions(sessions: readonly Session[]): readonly string[] {
  const alike = new Map<string, number>();
  for (const { user, application, address } of sessions) {
    const line = `${user || "a role unseen"}, ${application || "(no application_name)"}${address === null ? "" : ` from ${address}`}`;
    alike.set(line, (alike.get(line) ?? 0) + 1);
  }
  return [...alike].map(([line, count]) => (count === 1 ? line : `${line}: ${String(count)}`));
}

/** Ends all sessions of `database`. Those that this role may not end are left; whoever needs them gone finds out. */
export async function endSessions(client: Client, database: string): Promise<void> {
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
    [database],
  );
  for (const { pid } of rows) {
    try {
      await client.query("SELECT pg_terminate_backend($1)", [pid]);
    } catch (error) {
      if (codeOf(error) !== "42501") throw error;
    }
  }
}

/** Whether the server has a database of that name. Throws pg's errors. */
export async function hasDatabase(client: Client, name: string): Promise<boolean> {
  return (await client.query("SELECT FROM pg_database WHERE datname = $1", [name])).rowCount === 1;
}
