// Tries a release's login by the way that its app will go: a pooler may know users of its own.
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";

const AUTH_QUERY =
  "let the pooler pass users through: PgBouncer with auth_query and no user= in its [databases] line (docs/drain.md)";

/**
 * Logs in once, and asks the server who that is.
 * @throws LockstepError CONFIG where the server sees another role, or the login is not taken; CONNECTION.
 */
export async function tryLogin(target: DatabaseTarget): Promise<void> {
  const seen = await withConnection(target, { applicationName: "lockstep:login" }, async (client) =>
    client.query<{ role: string }>("SELECT session_user AS role"),
  ).catch((error: unknown) => {
    throw asRefused(error, target);
  });
  const role = seen.rows[0]?.role ?? "";
  if (role === target.user) return;
  throw new LockstepError("CONFIG", "A pooler hides which release is connected", {
    where: target.display,
    seen: `logged in as ${target.user}, the server sees ${role}`,
    likely: "the pooler logs in by itself, with one user for all",
    next: AUTH_QUERY,
  });
}

/** A wrong password or an unknown user of the pooler's: what the server was just told is not known there. */
function asRefused(error: unknown, target: DatabaseTarget): unknown {
  const isRefusal = isLockstepError(error) && /^(28|08P01)/.test(error.sqlstate ?? "");
  if (!isRefusal) return error;
  return new LockstepError("CONFIG", "The release's login is not taken where the app connects", {
    where: target.display,
    seen: error.seen ?? error.message,
    likely:
      "a pooler stands there that knows a fixed list of users, or pg_hba.conf names users one by one",
    next: AUTH_QUERY,
    cause: error,
  });
}
