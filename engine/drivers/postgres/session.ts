// What lockstep states on each of its sessions, and whether a session is really its own.
import type { Client } from "pg";
import { shown, type Placeholder } from "../../sql/placeholder.ts";

/** A pooler hands a session on; what is set in it then reaches the next client. */
export interface LimitOptions {
  /** Also where the server's process is not the one that the connection was told of. */
  readonly evenPooled: boolean;
}

/**
 * Limits are stated on every connection, since a role's or database's defaults may hold others
 * (ENGINE.md rule 13). 0 means none; each statement that needs one sets its own. Through a pooler nothing is set
 * unless it is told to: a pooler in transaction mode would hand the settings on to the app (rule 5).
 */
export async function limitSession(client: Client, { evenPooled }: LimitOptions): Promise<void> {
  await client.query(limitSql(evenPooled ? undefined : toldPid(client)));
}

/** The command that states them; in the session of `pid` alone, where it is given. */
export function limitSql(pid: number | Placeholder | undefined): string {
  const condition = pid === undefined ? "true" : `pg_catalog.pg_backend_pid() = ${shown(pid)}`;
  return `SELECT ${SETTINGS.join(", ")} WHERE ${condition};`;
}

/** The process that the server, or whatever stands before it, named when the connection was made. */
export function toldPid(client: Client): number {
  return (client as Client & { readonly processID?: number | null }).processID ?? 0;
}

const SETTINGS: readonly string[] = [
  setting("statement_timeout", "0"),
  setting("lock_timeout", "0"),
  setting("idle_in_transaction_session_timeout", "60000"),
  settingIfKnown("idle_session_timeout", "0"), // PostgreSQL 14 and newer
  settingIfKnown("transaction_timeout", "0"), // PostgreSQL 17 and newer
  // For a role of that name "$user" is the ledger's schema, where files must not put their tables.
  `CASE WHEN session_user = 'lockstep' THEN set_config('search_path', regexp_replace(current_setting('search_path'), '"\\$user"(, *)?', ''), false) END`,
];

function setting(name: string, value: string): string {
  return `set_config('${name}', '${value}', false)`;
}

function settingIfKnown(name: string, value: string): string {
  return `CASE WHEN current_setting('${name}', true) IS NOT NULL THEN ${setting(name, value)} END`;
}
