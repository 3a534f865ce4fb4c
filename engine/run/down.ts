// One step back, or back to a number: in the reverse of what was applied, recorded, and never a contract file.
import type { Client } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { type AppliedMigration, type LedgerState, readLedger, rowId } from "../ledger/ledger.ts";
import { eventSql, lastEvent } from "../ledger/record.ts";
import { ensureNoneActive } from "../ledger/releases.ts";
import { ensureLedger } from "../ledger/schema.ts";
import type { Ask } from "../locks/search.ts";
import { findByNumber } from "../sources/findNumber.ts";
import { isRepeatableOrder } from "../sources/formats/order.ts";
import type { Migration, SqlFile } from "../sources/migration.ts";
import { hasSql } from "../sql/blank.ts";
import { unwrapScript } from "./companion.ts";
import { journalled, runJournalled } from "./journal.ts";
import { readPoint } from "./points.ts";
import { isRetryable, retryLocks } from "./retryLocks.ts";
import { recordSchema } from "./schemaRecord.ts";
import { explainingServer } from "./serverError.ts";
import { beginSql, commandsOfBegin, RESTORE_SESSION, UNLOCK_ADVISORY } from "./sessionSql.ts";
import { statementError } from "./statementError.ts";
import { survivingCuts } from "./survivingCuts.ts";
import { ensureNotAborted, withWorkSession, type Run } from "./workSession.ts";

/** What a run down is given. */
export interface DownOptions {
  readonly target: DatabaseTarget;
  readonly migrations: readonly Migration[];
  /** Go back until this number is the last one applied; one step when missing. */
  readonly to: string | undefined;
  /** Go back to this mark or verified release instead. */
  readonly point?: string;
  /** Go back to this place in the ledger's order instead. */
  readonly afterSeq?: bigint;
  readonly leaseWaitMs: number;
  readonly lockBudgetMs: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * The files to take back, the last applied first; with `seq` all that the ledger took after it.
 * @throws LockstepError CONFIG when `to` is not applied.
 */
function planDown(
  ledger: LedgerState,
  to: string | undefined,
  seq?: bigint,
): readonly AppliedMigration[] {
  // Repeatable files have no way back of their own; what they were before is in the version control.
  const reverse = ledger.applied
    .filter((row) => !isRepeatableOrder(row.number))
    .toSorted((a, b) => (a.seq < b.seq ? 1 : -1));
  if (seq !== undefined) return reverse.filter((row) => row.seq > seq);
  if (to === undefined) return reverse.slice(0, 1);
  const last = findByNumber(
    ledger.applied.map((row) => ({ number: row.label, order: row.number })),
    to,
  );
  if (!last) {
    throw new LockstepError("CONFIG", "That number is not applied, so there is no way back to it", {
      seen: to,
      next: "lockstep status shows what is applied",
    });
  }
  return reverse.filter((row) => row.number > last.order);
}

async function planOf(
  client: Client,
  ledger: LedgerState,
  { to, point, afterSeq }: DownOptions,
): Promise<readonly AppliedMigration[]> {
  if (afterSeq !== undefined) return planDown(ledger, to, afterSeq);
  if (point === undefined || !ledger.exists) return planDown(ledger, to);
  const seq = await readPoint(client, point);
  return planDown(ledger, undefined, seq);
}

/**
 * Takes back what `planDown` says, each file in a transaction of its own where its statements allow.
 * @throws LockstepError UNSAFE_MIGRATION for a contract file (naming the backup), MIGRATION_FILES for
 * a down file that is missing or says that there is no way back, RELEASE_ACTIVE in the middle of a
 * release, STATEMENT_FAILED, LOCK_TIMEOUT.
 * @returns the names of the files that were taken back.
 */
export async function down(options: DownOptions): Promise<readonly string[]> {
  const { target, report, signal, leaseWaitMs: waitMs } = options;
  return explainingServer(target, async () => {
    const found = await withConnection(
      target,
      { applicationName: "lockstep:down" },
      async (client) => planOf(client, await readLedger(client), options),
    );
    if (found.length === 0) return [];
    return withLease(target, { doing: "down", waitMs, report, signal }, async (lease) => {
      const context = { lease, report, signal: AbortSignal.any([signal, lease.lost]) };
      return withWorkSession(target, context, (session) =>
        downUnderLease(options, {
          session,
          ...context,
          release: null,
          lockBudgetMs: options.lockBudgetMs,
        }),
      );
    });
  });
}

/** One file to take back, checked. */
export interface Step {
  readonly row: AppliedMigration;
  readonly file: Migration;
  readonly script: SqlFile;
}

async function downUnderLease(options: DownOptions, run: Run): Promise<readonly string[]> {
  const { client } = run.session;
  await ensureLedger(client);
  const ledger = await readLedger(client);
  ensureNoneActive(ledger.releases);
  const steps: Step[] = [];
  // All of them first, so that one without a way back stops the run before anything is undone.
  for (const row of await planOf(client, ledger, options))
    steps.push({ row, ...(await wayBack(client, options, row)) });
  for (const step of steps) {
    ensureNotAborted(run.signal);
    await takeBack(run, step);
    run.report("info", `${rowId(step.row)} taken back`, { file: rowId(step.row) });
  }
  await recordSchema(run);
  return steps.map(({ row }) => rowId(row));
}

/**
 * Takes one file back, in a transaction of its own where its statements allow, with its ledger row.
 * @throws LockstepError STATEMENT_FAILED, LOCK_TIMEOUT.
 */
export async function takeBack(run: Run, step: Step): Promise<void> {
  const { file } = step;
  const alone = file.downStatements.some((statement) => statement.nonTransactional);
  await survivingCuts(run, `${rowId(step.row)}, down`, async (again) => {
    if (again && !(await isInLedger(run, step.row))) return;
    if (alone) await takeBackByStatement(run, step);
    else {
      const work = { migration: file, statements: file.downStatements };
      await retryLocks(run, work, (ask) => attempt(run, step, ask));
    }
  });
}

async function attempt(run: Run, step: Step, ask: Ask): Promise<void> {
  const { script, file } = step;
  const prefix = beginSql(run.lease.token, ask);
  const sent = `${prefix}${script.sql}\n;${RESTORE_SESSION} ${recordSql(step.row)} COMMIT; ${run.session.resetSql} ${UNLOCK_ADVISORY}`;
  try {
    await run.session.send(sent);
  } catch (error) {
    const index = run.session.completed - commandsOfBegin(ask);
    ensureNotAborted(run.signal, error);
    if (isRetryable(error) || isConnectionLost(error) || isLockstepError(error)) throw error;
    await run.session.reset();
    throw statementError(
      error,
      {
        path: script.path,
        sql: script.sql,
        sent,
        toFile: (offset) => offset - prefix.length,
        server: run.session.server,
        statementAt: file.downStatements[index]?.offset,
      },
      "nothing of this file was taken back",
    );
  }
}

/** Down's statements share the up file's journal, below zero. */
async function takeBackByStatement(run: Run, { row, file, script }: Step): Promise<void> {
  await runJournalled(run, {
    migration: file,
    path: script.path,
    sql: script.sql,
    statements: file.downStatements,
    positionOf: (index) => -1 - index,
  });
  await journalled(run, recordSql(row));
}

function recordSql(row: AppliedMigration): string {
  return `DELETE FROM lockstep.migration WHERE number = ${row.number.toString()}; SELECT lockstep.relink(); ${eventSql("down", { file: rowId(row) })}`;
}

async function isInLedger(run: Run, row: AppliedMigration): Promise<boolean> {
  const found = await run.session.client.query(
    "SELECT FROM lockstep.migration WHERE number = $1 AND seq = $2",
    [row.number.toString(), row.seq.toString()],
  );
  return found.rowCount === 1;
}

async function wayBack(
  client: Parameters<typeof lastEvent>[0],
  options: DownOptions,
  row: AppliedMigration,
): Promise<Omit<Step, "row">> {
  if (row.stage === "contract") {
    const { soaking = [] } = await readLedger(client);
    if (soaking.some(({ number }) => number === row.number)) throw stillSoaks(row);
    throw await removedData(client, options, row);
  }
  const file = options.migrations.find((one) => one.order === row.number);
  if (file?.down && hasSql(file.down.sql)) return { file, script: await unwrapScript(file.down) };
  throw new LockstepError("MIGRATION_FILES", `There is no way back for ${rowId(row)}`, {
    where: file?.down?.path ?? `${rowId(row)}_down.sql`,
    seen: file?.down ? "its down file holds only comments" : "the file is not in the folder",
    next: "write its down file, or go forward with a new migration",
  });
}

function stillSoaks(row: AppliedMigration): LockstepError {
  return new LockstepError(
    "UNSAFE_MIGRATION",
    `${rowId(row)} is a contract file that still soaks`,
    {
      seen: "what it took away is kept, and no down file is needed for it",
      next: `give it back first: lockstep undo ${row.label}`,
    },
  );
}

async function removedData(
  client: Parameters<typeof lastEvent>[0],
  options: DownOptions,
  row: AppliedMigration,
): Promise<LockstepError> {
  const backup =
    row.release === null ? undefined : await lastEvent(client, ["backup"], row.release);
  return new LockstepError(
    "UNSAFE_MIGRATION",
    `${rowId(row)} removed data; a down file cannot bring it back`,
    {
      where: options.target.display,
      seen: backup
        ? `the backup before it: ${backup.data.id}`
        : "the ledger knows of no backup before it",
      next: "restore what is needed from that backup, or write a new migration that adds the object again",
    },
  );
}
