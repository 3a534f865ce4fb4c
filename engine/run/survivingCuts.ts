// Goes on after a cut connection: waits until what was sent has ended, then finds out how far it came.
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { diagnoseCut } from "../drivers/postgres/diagnosis/table.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** How often one piece of work is begun again after its connection was cut. */
const MOST_CUTS = 3;

/**
 * Calls `work` until it ends without a cut; `again` is true from the second time on, when nobody but
 * the ledger knows what the first time did.
 * @throws LockstepError CONNECTION when it is cut every time; else what `work` throws.
 */
export async function survivingCuts(
  run: Run,
  what: string,
  work: (again: boolean) => Promise<void>,
): Promise<void> {
  for (let cuts = 0; ; cuts += 1) {
    try {
      await work(cuts > 0);
      return;
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      ensureNotAborted(run.signal, error);
      if (cuts === MOST_CUTS) throw connectionCut(run, what, error);
      run.report(
        "warn",
        `${what}: the connection was cut; finding out whether the work got through`,
      );
      await run.session.recover();
    }
  }
}

function connectionCut(run: Run, what: string, cause: unknown): LockstepError {
  return new LockstepError("CONNECTION", "The connection to the database is cut again and again", {
    where: run.session.target.display,
    seen: `${what}: ${String(MOST_CUTS + 1)} times; ${cause instanceof Error ? cause.message : String(cause)}`,
    likely: "something ends long connections: a proxy, a firewall's idle limit, an administrator",
    next: "look at the server's log, then run the same command again: the ledger knows what was applied",
    // Where the server said why, that counts.
    ...diagnoseCut(cause),
    cause,
  });
}
