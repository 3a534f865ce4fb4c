// Small files of a first set-up in one message: each commits by itself, and the first that fails keeps the rest from running.
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import { DEFAULT_PACING } from "../locks/pacing.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { batchSql, keepsSession } from "./fileSql.ts";
import { atOnce } from "./retryLocks.ts";
import { DURATION_COLUMN } from "./sessionSql.ts";
import { survivingCuts } from "./survivingCuts.ts";
import { ensureNotAborted, type Results, type Run } from "./workSession.ts";

/** A file that got through. */
export interface Applied {
  readonly migration: Migration;
  /** By the server's clock. */
  readonly durationMs: number;
}

/**
 * Applies the files of `batch` in their order. Where one does not get through nothing of it or of those behind it is applied; what
 * was in the way is not told: whoever applies it by itself meets it again.
 * @returns those that got through, from the first on.
 * @throws LockstepError LEASE_LOST, INTERRUPTED, CONNECTION; the ledger says what was applied.
 */
export async function applyBatch(
  run: Run,
  batch: readonly Migration[],
): Promise<readonly Applied[]> {
  // Code of somebody's that runs at each definition could change the session between two of them.
  if (await run.session.hasEventTriggers()) return [];
  let results: Results | undefined;
  await survivingCuts(run, namesOf(batch), async (again) => {
    if (again) return;
    results = await sendAll(run, batch);
  });
  if (results) return withDurations(batch, results);
  return appliedOf(run, batch);
}

/** @returns undefined where one of them failed, or met somebody. */
async function sendAll(run: Run, batch: readonly Migration[]): Promise<Results | undefined> {
  const { lease, release, session, lockPacing = DEFAULT_PACING } = run;
  const files = batch.flatMap((migration) => {
    const ask = atOnce(migration.statements, lockPacing);
    return ask ? [{ migration, ask }] : [];
  });
  if (files.length < batch.length) return undefined;
  const sql = batchSql(files, { token: lease.token, release, resetSql: session.resetSql });
  if (!batch.every(keepsSession)) session.forgetEventTriggers();
  try {
    // Of one message the server reads on only while nothing failed, a commit included.
    return await session.send(sql);
  } catch (error) {
    ensureNotAborted(run.signal, error);
    if (isConnectionLost(error)) throw error;
    if (isLockstepError(error) && error.code === "LEASE_LOST") throw error;
    await run.session.reset();
    return undefined;
  }
}

/** What the ledger has of `batch`. */
async function appliedOf(run: Run, batch: readonly Migration[]): Promise<readonly Applied[]> {
  const found = await run.session.query<{ number: string; duration_ms: number }>(
    "SELECT number, duration_ms FROM lockstep.migration WHERE number = ANY ($1::numeric[]) AND state = 'applied'",
    [batch.map(({ order }) => order.toString())],
  );
  const durations = new Map(found.rows.map((row) => [row.number, row.duration_ms]));
  return batch.flatMap((migration) => {
    const durationMs = durations.get(migration.order.toString());
    return durationMs === undefined ? [] : [{ migration, durationMs }];
  });
}

function withDurations(batch: readonly Migration[], results: Results): readonly Applied[] {
  const durations = results.flatMap(({ fields, rows }) =>
    fields[0]?.name === DURATION_COLUMN ? rows.map((row) => Number(row[DURATION_COLUMN])) : [],
  );
  return batch.map((migration, nth) => ({ migration, durationMs: durations[nth] ?? 0 }));
}

function namesOf(batch: readonly Migration[]): string {
  const names = batch.map(fileId);
  return `${names[0] ?? ""} to ${names.at(-1) ?? ""}`;
}
