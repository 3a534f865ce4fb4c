// One pass over the files in a copy of the start: through the very code that `up` and `down` send files with.
import { applyBackfill } from "../backfill/runBackfill.ts";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError, type LockstepError } from "../errors/lockstepError.ts";
import { silent } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { readLedger } from "../ledger/ledger.ts";
import { applyStatements } from "../run/applyStatements.ts";
import { applyTransactional } from "../run/applyTransactional.ts";
import { unwrapScript } from "../run/companion.ts";
import { takeBack } from "../run/down.ts";
import { withWorkSession, type Run } from "../run/workSession.ts";
import { readSnapshot, type SchemaSnapshot } from "../schema/snapshot.ts";
import { withoutSoak } from "../soak/soakPolicy.ts";
import type { Migration } from "../sources/migration.ts";
import { hasSql } from "../sql/blank.ts";
import type { RehearsalServer } from "./server.ts";

/** Nobody else is in the database, so a lock is there at once, ms. */
const LOCK_BUDGET_MS = 10_000;
const LEASE_WAIT_MS = 30_000;

/** What can be done in a pass. */
export interface Pass {
  readonly run: Run;
  readonly target: DatabaseTarget;
  /** Applies a file; what the file itself did wrong is returned, all else thrown. */
  readonly up: (file: Migration) => Promise<LockstepError | undefined>;
  /** Takes a file back that `hasWayBack`; returns and throws as `up`. */
  readonly down: (file: Migration) => Promise<LockstepError | undefined>;
  readonly snapshot: () => Promise<SchemaSnapshot>;
}

/** Whether a file's down file holds more than comments. */
export function hasWayBack(file: Migration): boolean {
  return file.down !== undefined && hasSql(file.down.sql);
}

/** Runs `use` on `target`, which has a ledger, under a lease of its own. */
export async function withPass<T>(
  server: RehearsalServer,
  target: DatabaseTarget,
  use: (pass: Pass) => Promise<T>,
): Promise<T> {
  const options = {
    ...{ doing: "rehearse", waitMs: LEASE_WAIT_MS, report: silent, signal: server.signal },
  };
  return withLease(target, options, async (lease) => {
    const signal = AbortSignal.any([server.signal, lease.lost]);
    const context = { lease, report: silent, signal };
    return withWorkSession(target, context, (session) => {
      const run: Run = { session, ...context, release: null, lockBudgetMs: LOCK_BUDGET_MS };
      return use(passOf(server, target, run));
    });
  });
}

function passOf(server: RehearsalServer, target: DatabaseTarget, run: Run): Pass {
  return {
    run,
    target,
    up: (file) => faultOf(run, () => apply(run, file)),
    down: (file) => faultOf(run, () => undo(run, file)),
    snapshot: () =>
      withConnection(target, { applicationName: "lockstep:rehearse" }, (client) =>
        readSnapshot(client, { ofServer: server.isOwn }),
      ),
  };
}

async function apply(run: Run, file: Migration): Promise<void> {
  if (file.backfill) await applyBackfill(run, file);
  else if (file.transactional) await applyTransactional(run, withoutSoak(file));
  else await applyStatements(run, file);
}

async function undo(run: Run, file: Migration): Promise<void> {
  const { applied } = await readLedger(run.session.client);
  const row = applied.find(({ number }) => number === file.order);
  if (!row || !file.down) return;
  await takeBack(run, { row, file, script: await unwrapScript(file.down) });
}

/** Codes of what a file itself may do wrong. */
const FILE_FAULTS: ReadonlySet<string> = new Set([
  "STATEMENT_FAILED",
  "VERIFICATION_FAILED",
  "UNSAFE_MIGRATION",
  "UNKNOWN_OUTCOME",
]);

async function faultOf(run: Run, work: () => Promise<void>): Promise<LockstepError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (run.signal.aborted || !isLockstepError(error) || !FILE_FAULTS.has(error.code)) throw error;
    return error;
  }
}
