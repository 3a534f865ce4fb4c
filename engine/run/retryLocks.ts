// Asks briefly for locks, again and again within a budget: a long wait in the lock queue would stall every writer.
import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Migration } from "../sources/migration.ts";
import { readBlockers } from "./blockers.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** The first ask, ms: as long as a writer may stall without anybody noticing. */
const FIRST_LOCK_TIMEOUT_MS = 50;
/** The longest ask, ms: autovacuum gives way only after deadlock_timeout, 1 s (ENGINE.md rule 11). */
const LONGEST_LOCK_TIMEOUT_MS = 1_200;
/** Pause after a miss, ms: long enough for the queue behind us to drain. */
const PAUSE_MS = 250;
/** How long to go on asking unless told otherwise: 10 minutes, in ms. */
export const DEFAULT_LOCK_BUDGET_MS = 600_000;

/** SQLSTATEs after which the same transaction may simply be tried again. */
const RETRYABLE: ReadonlySet<string> = new Set(["55P03", "40P01", "40001"]);

/** Whether `error` says that somebody was in the way, and the same transaction may be tried again. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error) ?? "");
}

/**
 * Calls `attempt` with a lock_timeout until it gets through. Each miss has rolled the file back, is
 * reported with who was in the way, and asks a little longer next time so that it cannot starve.
 * @throws LockstepError LOCK_TIMEOUT at the end of the budget, with nothing half done.
 */
export async function retryLocks(
  run: Run,
  migration: Migration,
  attempt: (lockTimeoutMs: number) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  let lockTimeoutMs = FIRST_LOCK_TIMEOUT_MS;
  for (let n = 1; ; n += 1) {
    try {
      await attempt(lockTimeoutMs);
      return;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      ensureNotAborted(run.signal, error);
      await run.session.reset();
      const blockers = await readBlockers(run.session.client);
      const waited = performance.now() - started;
      if (waited >= run.lockBudgetMs)
        throw outOfBudget(migration, { blockers, waited, tries: n, cause: error });
      run.report(
        "progress",
        `${migration.number}_${migration.name}: waiting for locks, try ${String(n)}; ${blockers[0] ?? "nobody seen"}`,
        { blockers },
      );
      lockTimeoutMs = Math.min(LONGEST_LOCK_TIMEOUT_MS, lockTimeoutMs * 1.3);
      await delay(PAUSE_MS, undefined, { signal: run.signal }).catch(() => undefined);
      ensureNotAborted(run.signal);
    }
  }
}

function outOfBudget(
  migration: Migration,
  facts: {
    readonly blockers: readonly string[];
    readonly waited: number;
    readonly tries: number;
    readonly cause: unknown;
  },
): LockstepError {
  return new LockstepError("LOCK_TIMEOUT", "The locks that the file needs were not to be had", {
    where: migration.path,
    seen: [
      `${String(facts.tries)} tries in ${String(Math.round(facts.waited / 1000))} s; in the way:`,
      ...facts.blockers,
    ].join("\n"),
    likely: "a long transaction, or a session that is idle in one, holds the table",
    next: "end it (SELECT pg_terminate_backend(PID)) or wait, then run the same command again; nothing of this file was applied",
    sqlstate: "55P03",
    cause: facts.cause,
  });
}
