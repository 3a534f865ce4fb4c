// Makes a release's login in the server, or opens it again, and remembers it in the ledger.
import { createHash } from "node:crypto";
import pg, { DatabaseError, type Client } from "pg";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { parseUrl } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { recordEvent } from "../ledger/record.ts";
import { loginMark, parseMark } from "./loginRoles.ts";
import { ensureMayFence, fenceGrants } from "./privileges.ts";
import type { ReleaseLogin } from "./releaseLogin.ts";
import { scramSecret } from "./scramSecret.ts";

/** Whose login is made. */
export interface LoginRequest {
  readonly login: ReleaseLogin;
  /** `project/stack`. */
  readonly stack: string;
  readonly release: { readonly digest: string; readonly id: string };
  /** For errors: `host:port/database`. */
  readonly where: string;
}

/** One at a time, in the whole server's catalogue of roles. */
export const LOCK_ROLES = "SELECT pg_advisory_xact_lock(hashtext('lockstep.fence'))";

/** Bytes of a salt, as PostgreSQL's own. */
const SALT_BYTES = 16;

/**
 * Makes the release's role a member of the app's, with the app's settings; its sessions act as the app's role, so that what
 * they create belongs to that one. A second call leaves all as it is: also the password's salt, which poolers keep.
 * @throws LockstepError PRIVILEGE, or CONFIG where the name is taken by a role of somebody else's.
 */
export async function ensureLogin(client: Client, request: LoginRequest): Promise<void> {
  const { login, where } = request;
  await ensureMayFence(client, login.group, where);
  await client.query("BEGIN");
  try {
    await client.query(LOCK_ROLES);
    await makeRole(client, request);
    const { user: role } = parseUrl(login.url, where);
    const data = { role, group: login.group, stack: request.stack };
    await recordEvent(client, { release: request.release.digest, kind: "login", data });
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw await explained(client, error, { group: login.group, where });
  }
}

async function makeRole(client: Client, request: LoginRequest): Promise<void> {
  const { login, stack, release, where } = request;
  const { user: name, database } = parseUrl(login.url, where);
  const password = new URL(login.url).searchParams.get("password") ?? new URL(login.url).password;
  const [role, group] = [pg.escapeIdentifier(name), pg.escapeIdentifier(login.group)];
  const salt = createHash("sha256").update(`lockstep salt ${name}`).digest();
  const secret = pg.escapeLiteral(scramSecret(password, salt.subarray(0, SALT_BYTES)));
  const verb = (await isThere(client, name, where)) ? "ALTER" : "CREATE";
  await client.query(`${verb} ROLE ${role} LOGIN INHERIT PASSWORD ${secret}`);
  await client.query(`GRANT ${group} TO ${role}`);
  const mark = loginMark(database, { stack, releaseId: release.id });
  await client.query(`COMMENT ON ROLE ${role} IS ${pg.escapeLiteral(mark)}`);
  // Who ends a role's sessions must have its privileges; a superuser has them, and would only gain a membership.
  await client.query(`DO $$ BEGIN
    IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
      EXECUTE format('GRANT %I TO %I', ${pg.escapeLiteral(name)}, current_user);
    END IF; END $$`);
  await copySettings(client, { role, group: login.group });
  // What the app creates belongs to its own role, whichever release made it, and row policies see that one.
  await client.query(`ALTER ROLE ${role} SET role TO ${pg.escapeLiteral(login.group)}`);
}

/** Whether the role is there already, as one of lockstep's. */
async function isThere(client: Queryable, name: string, where: string): Promise<boolean> {
  const found = await client.query<{ mark: string | null }>(
    `SELECT shobj_description(oid, 'pg_authid') AS mark FROM pg_catalog.pg_roles WHERE rolname = $1`,
    [name],
  );
  const [row] = found.rows;
  if (!row) return false;
  if (row.mark !== null && parseMark(row.mark)) return true;
  throw new LockstepError("CONFIG", `The server has a role ${name} that is not lockstep's`, {
    where,
    seen: row.mark ?? "it has no comment of lockstep's",
    likely: "somebody made it, or wrote another comment over lockstep's",
    next: `see whose it is; where it is a release's: DROP ROLE ${pg.escapeIdentifier(name)}, then the same command again`,
  });
}

/** Settings hang on the role that logs in: the release's must have those of the app's (search_path, time limits). */
async function copySettings(
  client: Queryable,
  { role, group }: { readonly role: string; readonly group: string },
): Promise<void> {
  const found = await client.query<{ database: string | null; setting: string }>(
    `SELECT d.datname AS database, unnest(s.setconfig) AS setting
     FROM pg_catalog.pg_db_role_setting s
     JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
     LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
     WHERE r.rolname = $1 AND (s.setdatabase = 0 OR d.datname = current_database())
     ORDER BY s.setdatabase`,
    [group],
  );
  await client.query(`ALTER ROLE ${role} RESET ALL`);
  for (const { database, setting } of found.rows) {
    const at = setting.indexOf("=");
    const [key, value] = [setting.slice(0, at), setting.slice(at + 1)];
    if (key === "role") continue;
    const place = database === null ? "" : ` IN DATABASE ${pg.escapeIdentifier(database)}`;
    // FROM CURRENT keeps lists as they are, which a literal would quote as one name.
    await client.query("SELECT set_config($1, $2, true)", [key, value]);
    await client.query(`ALTER ROLE ${role}${place} SET ${settingName(key)} FROM CURRENT`);
  }
}

/** `app.tenant` has two parts. */
function settingName(key: string): string {
  return key.split(".").map(pg.escapeIdentifier).join(".");
}

async function explained(
  client: Queryable,
  error: unknown,
  { group, where }: { readonly group: string; readonly where: string },
): Promise<unknown> {
  if (!(error instanceof DatabaseError) || error.code !== "42501") return error;
  const me = await client.query<{ me: string }>("SELECT current_user AS me");
  return new LockstepError("PRIVILEGE", "The release's login cannot be made", {
    where,
    seen: error.message,
    likely: `lockstep's role changed since the release's was made, or ${group} has settings that only a superuser may copy`,
    next: `as an administrator:\n${fenceGrants(me.rows[0]?.me ?? "", group).join("\n")}`,
    sqlstate: "42501",
    cause: error,
  });
}
