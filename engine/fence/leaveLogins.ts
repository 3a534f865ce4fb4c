// A stack that had a login for each release, and has none any more: the app's own is opened again.
import pg, { type Client } from "pg";
import { lastEvent, recordEvent } from "../ledger/record.ts";

/**
 * Opens the app's own role where a drain has closed it. Nothing where the ledger knows of no logins.
 * @throws DatabaseError 42501 where lockstep's role may not.
 */
export async function leaveLogins(client: Client, digest: string): Promise<void> {
  const last = await lastEvent(client, ["login"]);
  if (!last || last.data.role === null) return;
  const { group, stack } = last.data;
  const closed = await client.query(
    `SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $1 AND NOT r.rolcanlogin
       AND EXISTS (SELECT FROM lockstep.event WHERE kind = 'fence' AND data -> 'closed' ? $1)`,
    [group],
  );
  if (closed.rowCount === 1) await client.query(`ALTER ROLE ${pg.escapeIdentifier(group)} LOGIN`);
  await recordEvent(client, {
    release: digest,
    kind: "login",
    data: { role: null, group, stack },
  });
}
