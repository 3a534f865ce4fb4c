// Whether something stands between us and the server that hands sessions from client to client.
import type { Client } from "pg";
import { LockstepError } from "../../errors/lockstepError.ts";
import { withConnection } from "./connect.ts";
import { toldPid } from "./session.ts";
import type { DatabaseTarget } from "./target.ts";

/** `session`: a pooler gives each client one session for its whole life, which is as good as a direct connection. */
export type Pooling = "none" | "session" | "transaction";

/**
 * Tells how `client` is connected. A pooler names a process of its own making when a connection is made; one in
 * transaction mode gives the session of a client that is between transactions to the next one.
 */
export async function readPooling(client: Client, target: DatabaseTarget): Promise<Pooling> {
  const first = await backendPid(client);
  if (first === toldPid(client)) return "none";
  return withConnection(target, { applicationName: "lockstep:pooler" }, async (other) => {
    await other.query("BEGIN");
    try {
      const second = await backendPid(other);
      // While the other one keeps its session, ours would be another one than before.
      const isHandedOn = second === first || (await backendPid(client)) !== first;
      return isHandedOn ? "transaction" : "session";
    } finally {
      await other.query("ROLLBACK");
    }
  });
}

/**
 * Refuses a pooler in transaction mode, where what `what` sets, locks or snapshots in its session would reach others.
 * @throws LockstepError CONFIG
 */
export async function ensureNotPooled(
  client: Client,
  target: DatabaseTarget,
  what: string,
): Promise<void> {
  if ((await readPooling(client, target)) !== "transaction") return;
  throw new LockstepError("CONFIG", `${what} cannot go through a pooler in transaction mode`, {
    where: target.display,
    seen: "one session of the server serves several clients in turn",
    likely:
      "the URL is the pooler's (PgBouncer, Supavisor, RDS Proxy …), which is right for the app",
    next: "give lockstep the server's own address beside it: DIRECT_URL in the environment; in a stack's config, pulumi config set --secret --path lockstep:database.directUrl URL",
  });
}

async function backendPid(client: Client): Promise<number> {
  const found = await client.query<{ pid: number }>("SELECT pg_catalog.pg_backend_pid() AS pid");
  return found.rows[0]?.pid ?? 0;
}
