// Ends sessions that hold up a migration by doing nothing, where the config allows it.
import { codeOf } from "../drivers/postgres/diagnose.ts";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { Report } from "../events.ts";
import { describeBlocker, type Blocker } from "./blockers.ts";

/**
 * Ends those of `blockers` that have been idle in their transaction for `idleMs` or longer. What this role may not see or
 * signal stays; it is said. Prepared transactions are never touched.
 */
export async function endIdleBlockers(
  queries: Queryable,
  blockers: readonly Blocker[],
  options: { readonly what: string; readonly report: Report; readonly idleMs: number },
): Promise<void> {
  const { what, report, idleMs } = options;
  for (const blocker of blockers) {
    if (blocker.pid === null || !blocker.state?.startsWith("idle in transaction")) continue;
    try {
      // Asked of the server once more: meanwhile it may have gone on, or the pid be another's.
      const ended = await queries.query(
        `SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
         WHERE pid = $1 AND state LIKE 'idle in transaction%'
           AND state_change <= clock_timestamp() - $2 * interval '1 ms'`,
        [blocker.pid, idleMs],
      );
      if (ended.rowCount === 1)
        report("warn", `${what}: ended an idle session in the way: ${describeBlocker(blocker)}`);
    } catch (error) {
      if (codeOf(error) !== "42501") throw error;
      report(
        "warn",
        `${what}: may not end the idle session ${String(blocker.pid)}; GRANT pg_signal_backend to this role, or end it yourself`,
      );
    }
  }
}
