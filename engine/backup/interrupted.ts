// Abort of a backup or its proof: what it ends, and what the user reads.
import type { ClientBase } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";

/** `error`, or INTERRUPTED in its place where `signal` is what caused it. */
export function orInterrupted(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted !== true) return error;
  if (isLockstepError(error) && error.code === "INTERRUPTED") return error;
  return new LockstepError(
    "INTERRUPTED",
    "The backup was interrupted; nothing half done was left",
    {
      next: "run the same command again",
      cause: error,
    },
  );
}

/**
 * Cancels in the server what `client` runs when `signal` aborts: the count of a big table would go on
 * there for long after we are gone. Returns a function that ends the watch.
 */
export async function cancelOnAbort(
  client: ClientBase,
  target: DatabaseTarget,
  signal: AbortSignal | undefined,
): Promise<() => void> {
  if (signal === undefined) return () => undefined;
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const pid = rows[0]?.pid;
  const cancel = () => {
    void withConnection(target, { applicationName: "lockstep:backup" }, (other) =>
      other.query("SELECT pg_cancel_backend($1)", [pid]),
    ).catch(() => undefined);
  };
  signal.addEventListener("abort", cancel, { once: true });
  return () => {
    signal.removeEventListener("abort", cancel);
  };
}
