// Roles of releases that cannot come back any more are dropped: nothing of theirs is left but a name.
import pg, { DatabaseError, type Client } from "pg";
import type { Report } from "../events.ts";
import { readLedger } from "../ledger/ledger.ts";
import { hasContracted } from "../ledger/releases.ts";
import { readLogin, type KnownLogin } from "./fence.ts";
import { readLoginRoles, type LoginRole } from "./loginRoles.ts";

/** So many of the newest releases keep theirs while nothing was contracted: one of them may be gone back to. */
const KEPT = 5;

/** A drop waits no longer than this for what the role's objects need, ms: the next release tries again. */
const LOCK_TIMEOUT_MS = 1_000;

/**
 * Drops, once a release is verified, the roles of others: those that are closed where it has contracted, since no older app
 * can work with the schema (while that soaks one still could, after an undo); else those beyond the newest. What one of them owns after all becomes the app's own role's. A role
 * that cannot be dropped stays, closed, and is told.
 */
export async function dropOldLogins(
  client: Client,
  digest: string,
  report: Report,
): Promise<readonly string[]> {
  const login = await readLogin(client, digest);
  if (!login) return [];
  const others = (await readLoginRoles(client, login.stack)).filter(
    ({ role }) => role !== login.role,
  );
  const gone = (await isFinal(client, digest))
    ? others.filter(({ canLogin }) => !canLogin)
    : others.slice(0, -KEPT);
  const dropped: string[] = [];
  for (const one of gone) if (await drop(client, one, { login, report })) dropped.push(one.role);
  return dropped;
}

async function isFinal(client: Client, digest: string): Promise<boolean> {
  if (!(await hasContracted(client, digest))) return false;
  const { applied, soaking = [] } = await readLedger(client);
  return !applied.some(
    (row) => row.release === digest && soaking.some(({ number }) => number === row.number),
  );
}

async function drop(
  client: Client,
  { role, releaseId }: LoginRole,
  { login, report }: { readonly login: KnownLogin; readonly report: Report },
): Promise<boolean> {
  const [name, group] = [pg.escapeIdentifier(role), pg.escapeIdentifier(login.group)];
  await client.query("BEGIN");
  try {
    await client.query(`SET LOCAL lock_timeout = ${String(LOCK_TIMEOUT_MS)}`);
    const busy = await client.query(
      "SELECT FROM pg_catalog.pg_stat_activity WHERE usename = $1 LIMIT 1",
      [role],
    );
    const isFree = busy.rowCount === 0;
    if (isFree) {
      await becomeMember(client, role);
      // The app's sessions act as its own role, but a pooler's DISCARD ALL makes them act as this one.
      await client.query(`REASSIGN OWNED BY ${name} TO ${group}`);
      await client.query(`DROP OWNED BY ${name}`);
      await client.query(`DROP ROLE ${name}`);
    }
    await client.query("COMMIT");
    return isFree;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    if (!(error instanceof DatabaseError)) throw error;
    report("warn", `role ${role} of release ${releaseId} cannot be dropped: ${error.message}`);
    return false;
  }
}

/** REASSIGN asks for the role's privileges; a role that another of lockstep's made has given them to that one. */
async function becomeMember(client: Client, role: string): Promise<void> {
  await client.query(`DO $$ BEGIN
    IF NOT pg_has_role(${pg.escapeLiteral(role)}, 'USAGE') THEN
      EXECUTE format('GRANT %I TO %I', ${pg.escapeLiteral(role)}, current_user);
    END IF; END $$`);
}
