// The fence: older releases' logins are closed and their sessions ended, in the server, where no pooler hides anything.
import pg, { DatabaseError, type Client, type ClientBase } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { lastEvent, readEvents, recordEvent } from "../ledger/record.ts";
import { LOCK_ROLES } from "./ensureLogin.ts";
import { readLoginRoles } from "./loginRoles.ts";

/** A release's login, as its rollout wrote it into the ledger. */
export interface KnownLogin {
  readonly role: string;
  /** The app's own role, which releases without a login used, and all with one are members of. */
  readonly group: string;
  /** `project/stack`. */
  readonly stack: string;
}

/** How many events of one release are looked through for what was closed: far more than drains of one release. */
const MANY = 1_000;

/** The login of a release; undefined where its last rollout made none. */
export async function readLogin(
  client: ClientBase,
  digest: string,
): Promise<KnownLogin | undefined> {
  const { role, group, stack } = (await lastEvent(client, ["login"], digest))?.data ?? {};
  if (!role || group === undefined || stack === undefined) return undefined;
  return { role, group, stack };
}

/** The roles of everything but this release: those of older ones, and the app's own. */
async function olderRoles(client: ClientBase, { role, group, stack }: KnownLogin) {
  const found = await client.query<{ can_login: boolean }>(
    "SELECT rolcanlogin AS can_login FROM pg_catalog.pg_roles WHERE rolname = $1",
    [group],
  );
  const own = found.rows.map((row) => ({ role: group, canLogin: row.can_login }));
  const others = (await readLoginRoles(client, stack)).filter((one) => one.role !== role);
  return [...others, ...own];
}

/** Roles of older releases that may log in. */
export async function openRoles(client: ClientBase, login: KnownLogin): Promise<readonly string[]> {
  return (await olderRoles(client, login)).filter((one) => one.canLogin).map(({ role }) => role);
}

/**
 * Closes every login of the app but this release's: NOLOGIN, remembered in the same transaction, so that a rollback opens
 * what was closed and nothing else.
 * @returns the roles that were closed now.
 * @throws LockstepError DRAIN_TIMEOUT where the app's own role is at work in another database; PRIVILEGE.
 */
export async function raiseFence(
  client: Client,
  login: KnownLogin,
  digest: string,
): Promise<readonly string[]> {
  await ensureNotShared(client, login);
  await client.query("BEGIN");
  try {
    await client.query(LOCK_ROLES);
    const closed = await openRoles(client, login);
    for (const role of closed)
      await client.query(`ALTER ROLE ${pg.escapeIdentifier(role)} NOLOGIN`);
    if (closed.length > 0) {
      await recordEvent(client, { release: digest, kind: "fence", data: { closed } });
    }
    await client.query("COMMIT");
    return closed;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw mayNot(error, "close the logins of older releases", login);
  }
}

/** How many releases without a role are told: more were told after a rollout before. */
const FEW = 10;

/** Digests of the stack's releases that had a role, and have none any more; the newest of them. */
export async function releasesWithoutRole(
  client: ClientBase,
  stack: string,
): Promise<readonly string[]> {
  const found = await client.query<{ release: string }>(
    `SELECT release FROM lockstep.event
     WHERE kind = 'login' AND data ->> 'stack' = $1 AND data ->> 'role' IS NOT NULL AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_roles WHERE rolname = data ->> 'role')
     GROUP BY release ORDER BY max(seq) DESC LIMIT $2`,
    [stack, FEW],
  );
  return found.rows.map(({ release }) => release);
}

/**
 * Ends what older releases' roles have for sessions in this database.
 * @returns how many there were.
 * @throws LockstepError PRIVILEGE
 */
export async function endOldSessions(client: ClientBase, login: KnownLogin): Promise<number> {
  const roles = (await olderRoles(client, login)).map(({ role }) => role);
  try {
    const ended = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
       WHERE datname = current_database() AND usename = ANY ($1::text[]) AND pid <> pg_backend_pid()`,
      [roles],
    );
    return ended.rowCount ?? 0;
  } catch (error) {
    throw mayNot(error, "end the sessions of older releases", login);
  }
}

/** The app's own role may be another database's app, too, which must not be locked out. */
async function ensureNotShared(client: ClientBase, { role, group }: KnownLogin): Promise<void> {
  const found = await client.query<{ database: string; sessions: number }>(
    `SELECT datname AS database, count(*)::int AS sessions FROM pg_catalog.pg_stat_activity
     WHERE usename = $1 AND datname <> current_database() GROUP BY datname ORDER BY datname`,
    [group],
  );
  if (found.rows.length === 0) return;
  throw new LockstepError("DRAIN_TIMEOUT", `Role ${group} is at work in another database, too`, {
    where: `role ${group}, which ${role} stands in for`,
    seen: found.rows
      .map((row) => `${String(row.sessions)} sessions in database ${row.database}`)
      .join("\n"),
    likely: "two apps of this server share one role; closing it here would lock the other one out",
    next: "give the app of this database a role of its own (docs/privileges.md), release that, then contract",
  });
}

/**
 * Opens again what this release's drains have closed: the release before comes back. Nothing where none was closed.
 * @returns the roles that may log in again.
 * @throws LockstepError PRIVILEGE
 */
export async function lowerFence(client: ClientBase, digest: string): Promise<readonly string[]> {
  const closed = await closedBy(client, digest);
  if (closed.length === 0) return [];
  const login = await readLogin(client, digest);
  const found = await client.query<{ role: string }>(
    "SELECT rolname AS role FROM pg_catalog.pg_roles WHERE rolname = ANY ($1::text[]) AND NOT rolcanlogin ORDER BY 1",
    [closed],
  );
  const roles = found.rows.map(({ role }) => role);
  try {
    for (const role of roles) await client.query(`ALTER ROLE ${pg.escapeIdentifier(role)} LOGIN`);
  } catch (error) {
    throw mayNot(error, "open the logins of older releases again", login);
  }
  if (roles.length > 0) {
    await recordEvent(client, { release: digest, kind: "fence", data: { opened: roles } });
  }
  return roles;
}

async function closedBy(client: ClientBase, digest: string): Promise<readonly string[]> {
  const events = await readEvents(client, { kinds: ["fence"], release: digest, limit: MANY });
  return [
    ...new Set(
      events.flatMap(({ data }) =>
        "closed" in data && Array.isArray(data.closed) ? (data.closed as readonly string[]) : [],
      ),
    ),
  ];
}

function mayNot(error: unknown, what: string, login: KnownLogin | undefined): unknown {
  if (!(error instanceof DatabaseError) || error.code !== "42501") return error;
  const group = login?.group ?? "the app's role";
  return new LockstepError("PRIVILEGE", `lockstep's role may not ${what}`, {
    seen: error.message,
    likely: `it lost CREATEROLE or its ADMIN OPTION for ${group}, or another role made those logins`,
    next: "as an administrator, the grants of docs/privileges.md (a login for each release); then the same command again",
    sqlstate: "42501",
    cause: error,
  });
}
