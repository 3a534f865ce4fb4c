// The pending files of a run, one after the other, each in the way that its kind asks for.
import { readUnfilled } from "../backfill/remaining.ts";
import { applyBackfill, catchUp } from "../backfill/runBackfill.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { FileHooks } from "../maintenance/window.ts";
import type { RunPlan } from "../plan/planRun.ts";
import { describeSoak, withoutSoak } from "../soak/soakPolicy.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { applyBatch } from "./applyBatch.ts";
import { applyStatements } from "./applyStatements.ts";
import { applyTransactional } from "./applyTransactional.ts";
import { batchAt } from "./batches.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** What of a plan is applied. */
export interface FilesToApply extends Pick<RunPlan, "pending" | "initial"> {
  /** Called right around each file, but not around those of a batch: nobody works with the database then. */
  readonly hooks?: FileHooks | undefined;
}

/**
 * Applies the plan's files in their order.
 * @param migrations all files of the folder: before a contract file a backfill below it may have to catch up.
 * @throws LockstepError as each kind of file does; NOT_READY_FOR_CONTRACT where rows are left to fill.
 */
export async function applyPending(
  run: Run,
  { pending: planned, initial, hooks }: FilesToApply,
  migrations: readonly Migration[],
): Promise<void> {
  // Nothing runs against an empty database, so nobody misses what its files drop.
  const pending = initial ? planned.map(withoutSoak) : planned;
  for (let index = 0; index < pending.length;) {
    ensureNotAborted(run.signal);
    // Once people work with a database, each file is waited for and told by itself.
    const batch = initial ? batchAt(pending, index) : [];
    for (const [nth, migration] of batch.entries())
      reportBegun(run, { index: index + nth, of: pending.length, migration });
    const done = batch.length > 0 ? await applyBatch(run, batch) : [];
    for (const { migration, durationMs } of done) reportApplied(run, migration, durationMs);
    index += done.length;
    const migration = pending[index];
    if (!migration || (batch.length > 0 && done.length === batch.length)) continue;
    reportBegun(run, { index, of: pending.length, migration });
    await applyOne(run, migration, { migrations, hooks });
    index += 1;
  }
}

function reportBegun(
  run: Run,
  { index, of, migration }: { index: number; of: number; migration: Migration },
): void {
  run.report("progress", `migration ${String(index + 1)} of ${String(of)}: ${fileId(migration)}`, {
    index: index + 1,
    of,
    file: fileId(migration),
  });
}

async function applyOne(
  run: Run,
  migration: Migration,
  {
    migrations,
    hooks,
  }: { readonly migrations: readonly Migration[]; readonly hooks: FileHooks | undefined },
): Promise<void> {
  if (migration.stage === "contract") await ensureFilled(run, migration, migrations);
  await hooks?.before(migration);
  const started = performance.now();
  if (migration.backfill) await applyBackfill(run, migration);
  else if (migration.transactional) await applyTransactional(run, migration);
  else await applyStatements(run, migration);
  reportApplied(run, migration, Math.round(performance.now() - started));
  if (migration.soak) run.report("info", `${fileId(migration)} ${describeSoak(migration) ?? ""}`);
  await hooks?.after(migration);
}

function reportApplied(run: Run, migration: Migration, durationMs: number): void {
  run.report(
    "info",
    `${fileId(migration)} applied (${migration.stage}, ${String(durationMs)} ms)`,
    {
      file: fileId(migration),
      stage: migration.stage,
      durationMs,
    },
  );
}

/** Nothing may be removed while a backfill below it has rows left: the catch-up goes first. */
async function ensureFilled(
  run: Run,
  migration: Migration,
  migrations: readonly Migration[],
): Promise<void> {
  const { order } = migration;
  for (const { number: open, rows } of await readUnfilled(run, order)) {
    const backfill = migrations.find((file) => file.order === open);
    if (!backfill?.backfill) continue;
    run.report("info", `${fileId(backfill)}: ${String(rows)} rows left, catching up`);
    await catchUp(run, backfill);
  }
  const left = await readUnfilled(run, order);
  if (left.length === 0) return;
  throw new LockstepError(
    "NOT_READY_FOR_CONTRACT",
    "Rows are left to fill; removing the old data now would lose them",
    {
      where: migration.path,
      seen: left
        .map(
          (open) =>
            `backfill ${open.number.toString()}: ${String(open.rows)} rows by its remaining query`,
        )
        .join("\n"),
      likely:
        "old code still writes, the sync trigger is missing, or the backfill's WHERE leaves rows out",
      next: "find those rows with the remaining query, mend the backfill, then run the same command again",
    },
  );
}
