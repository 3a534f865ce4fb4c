// Gets a file through: its locks are waited for outside the queue and asked for briefly, until its budget ends.
import { codeOf } from "../drivers/postgres/diagnose.ts";
import { recordEvent } from "../ledger/record.ts";
import { strongest } from "../locks/modes.ts";
import { DEFAULT_PACING, type LockPacing } from "../locks/pacing.ts";
import { LockSearch, type Ask, type LockWait } from "../locks/search.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** How long to go on asking unless told otherwise: 10 minutes, in ms. */
export const DEFAULT_LOCK_BUDGET_MS = 600_000;
/** A first ask that holds nobody up, ms: where all is free it spares the look at who holds what. */
const AT_ONCE_MS = 1;

/** SQLSTATEs after which the same transaction may simply be tried again. */
const RETRYABLE: ReadonlySet<string> = new Set(["55P03", "40P01", "40001"]);

/** Whether `error` says that somebody was in the way, and the same transaction may be tried again. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error) ?? "");
}

/** What needs locks. */
export interface LockWork {
  readonly migration: Pick<Migration, "number" | "name" | "path">;
  /** What one attempt sends: the file's statements, or those of its down file. */
  readonly statements: readonly AskedStatement[];
}

/** What of a statement tells how its locks are asked for. */
export type AskedStatement = Pick<Statement, "locks" | "keepsSession" | "opaque">;

/**
 * Calls `attempt` until it gets through. Each miss has rolled the file back, is reported with who was in the way, and the
 * whole file starts over.
 * @throws LockstepError LOCK_TIMEOUT at the end of the budget, with nothing half done.
 */
export async function retryLocks(
  run: Run,
  work: LockWork,
  attempt: (ask: Ask) => Promise<void>,
): Promise<void> {
  const { migration, statements } = work;
  const pacing = run.lockPacing ?? DEFAULT_PACING;
  const search = new LockSearch({
    what: fileId(migration),
    path: migration.path,
    requests: statements.flatMap(({ locks }) => locks),
    budgetMs: run.lockBudgetMs,
    pacing,
    cancelIdleMs: run.lockCancelIdleMs,
    report: run.report,
    ensureGoing: (cause) => {
      ensureNotAborted(run.signal, cause);
    },
    signal: run.signal,
  });
  let ask = atOnce(statements, pacing);
  for (;;) {
    ask ??= await search.next(run.session.client);
    try {
      await attempt(ask);
      await recordWait(run, work, search.waited);
      return;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      ensureNotAborted(run.signal, error);
      await run.session.reset();
      await search.missed(run.session.client, error);
      ask = undefined;
    }
  }
}

/** For the audit: the file is through, and a ledger that is away just now must not undo that. */
async function recordWait(
  run: Run,
  { migration }: LockWork,
  waited: LockWait | undefined,
): Promise<void> {
  if (waited === undefined) return;
  const data = { file: fileId(migration), ...waited };
  const event = { release: run.release, kind: "lockWait", data } as const;
  await recordEvent(run.session.client, event).catch(() => undefined);
}

/**
 * A first ask without a look at who holds what, where a miss would waste little: definitions, or nothing before the one statement.
 * Where it only reads or writes rows, nobody's reads and writes queue up behind it, and it may wait longer.
 */
export function atOnce(statements: readonly AskedStatement[], pacing: LockPacing): Ask | undefined {
  if (statements.length > 1 && !statements.every(({ keepsSession }) => keepsSession))
    return undefined;
  const isWeak = statements.every(({ locks }) =>
    locks.every(({ mode }) => strongest(mode, "ROW EXCLUSIVE") === "ROW EXCLUSIVE"),
  );
  const isOpaque = statements.some(({ opaque }) => opaque);
  return { lockTimeoutMs: isWeak && !isOpaque ? pacing.askMs : AT_ONCE_MS, lockSql: [] };
}
