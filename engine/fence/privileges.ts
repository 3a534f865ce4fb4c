// Whether lockstep's own role may make logins for releases, and take them away again.
import pg from "pg";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { LockstepError } from "../errors/lockstepError.ts";

interface Row {
  readonly me: string;
  readonly is_me: boolean;
  readonly there: boolean;
  readonly superuser: boolean;
  readonly creates: boolean;
  readonly administers: boolean;
  readonly has_privileges: boolean;
}

/** What a role needs to fence the app's role `group`. Both are quoted here. */
export function fenceGrants(me: string, group: string): readonly string[] {
  const [own, app] = [pg.escapeIdentifier(me), pg.escapeIdentifier(group)];
  return [`ALTER ROLE ${own} CREATEROLE;`, `GRANT ${app} TO ${own} WITH ADMIN OPTION;`];
}

/**
 * Asks before anything is changed. ADMIN OPTION is what PostgreSQL 16 wants; before, CREATEROLE alone made roles, but
 * did not end another role's sessions.
 * @throws LockstepError PRIVILEGE with the statements that give what is missing; CONFIG where the app has no role of its own.
 */
export async function ensureMayFence(
  client: Queryable,
  group: string,
  where: string,
): Promise<void> {
  const found = await client.query<Row>(
    `SELECT me.rolname AS me, me.rolname = $1 AS is_me, app.oid IS NOT NULL AS there,
       me.rolsuper AS superuser, me.rolcreaterole AS creates,
       coalesce(pg_has_role(me.oid, app.oid, 'MEMBER WITH ADMIN OPTION'), false) AS administers,
       coalesce(pg_has_role(me.oid, app.oid, 'USAGE'), false) AS has_privileges
     FROM pg_catalog.pg_roles me LEFT JOIN pg_catalog.pg_roles app ON app.rolname = $1
     WHERE me.rolname = current_user`,
    [group],
  );
  const row = found.rows[0];
  if (!row) return;
  if (row.is_me) throw sameRole(group, where);
  if (!row.there) {
    throw new LockstepError("CONFIG", `The server has no role ${group}`, {
      where,
      likely:
        "the app's URL and lockstep's own name two servers, or the pooler knows users of its own",
      next: "name in lockstep:database.url a role of the server",
    });
  }
  if (row.superuser) return;
  const grants = fenceGrants(row.me, group);
  if (row.creates && row.administers && row.has_privileges) return;
  throw new LockstepError("PRIVILEGE", `Role ${row.me} may not make a login for each release`, {
    where,
    seen: [
      ...(row.creates ? [] : ["it lacks CREATEROLE"]),
      ...(row.administers ? [] : [`it has no ADMIN OPTION for ${group}`]),
      ...(row.administers && !row.has_privileges ? [`it does not inherit from ${group}`] : []),
    ].join("\n"),
    next: `as an administrator:\n${grants.join("\n")}${row.administers && !row.has_privileges ? `\nALTER ROLE ${pg.escapeIdentifier(row.me)} INHERIT;` : ""}`,
    sqlstate: "42501",
  });
}

function sameRole(group: string, where: string): LockstepError {
  return new LockstepError("CONFIG", "A login for each release needs a role of the app's own", {
    where,
    seen: `the app and lockstep both log in as ${group}`,
    likely:
      "lockstep:database.url and directUrl (or the app's own DATABASE_URL) have the same user",
    next: "make a role for the app (docs/privileges.md) and put it into the URL that the app gets",
  });
}
