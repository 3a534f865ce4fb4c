// Walks a table by key, one short transaction a batch, each as large as the time that a batch should take allows.
import { retryLocks } from "../run/retryLocks.ts";
import { survivingCuts } from "../run/survivingCuts.ts";
import { ensureNotAborted, type Run } from "../run/workSession.ts";
import { fileId } from "../sources/fileId.ts";
import { asStatementError, readProgress, takeBatch, type Backfill } from "./batch.ts";
import { checkKey } from "./keyCheck.ts";
import { lastKey, type Key } from "./keyRange.ts";
import { BatchPace, DEFAULT_TARGET_MS } from "./pace.ts";
import { Throttle } from "./throttle.ts";
import { WalkReport } from "./walkReport.ts";

/**
 * Walks from where the ledger says to the last key.
 * @throws LockstepError as `applyBackfill` does.
 */
export async function walk(run: Run, backfill: Backfill): Promise<void> {
  const { migration, directive } = backfill;
  const pace = new BatchPace({
    targetMs: directive.targetMs ?? run.backfill?.targetMs ?? DEFAULT_TARGET_MS,
    firstRows: directive.batch,
  });
  const said = new WalkReport(run, fileId(migration));
  const throttle = new Throttle(run, fileId(migration));
  const work = { migration, statements: migration.statements };
  const state = { walked: false };
  let until: Key | undefined;
  while (!state.walked) {
    ensureNotAborted(run.signal);
    await survivingCuts(run, fileId(migration), async () => {
      if (!said.begun) until = await begin(run, backfill, said);
      said.paused(await throttle.clear());
      await retryLocks(run, work, async (ask) => {
        const batch = await takeBatch(run, backfill, { ask, pace, until });
        state.walked = batch === undefined;
        if (batch) said.took(batch, pace.rows);
      });
    });
  }
  said.ended();
  await run.session.reset();
}

/** Looks at the key and the way before the first batch. @returns where to stop. */
async function begin(run: Run, backfill: Backfill, said: WalkReport): Promise<Key | undefined> {
  const { migration, directive } = backfill;
  try {
    await checkKey(run, migration, directive);
    const { position, rows } = await readProgress(run, backfill);
    await said.begin({ ...directive, position, rows });
    // Rows that come later are the trigger's: a table that grows faster than it is walked has an end, too.
    const hasTrigger = directive.copies === true && directive.sync === undefined;
    return hasTrigger ? await lastKey(run, directive) : undefined;
  } catch (error) {
    ensureNotAborted(run.signal, error);
    throw asStatementError(backfill, error);
  }
}
