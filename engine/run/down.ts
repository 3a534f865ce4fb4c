// One step back, or back to a number: in the reverse of what was applied, recorded, and never a contract file.
import pg from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { readLedger, type AppliedMigration, type LedgerState } from "../ledger/ledger.ts";
import { lastEvent } from "../ledger/record.ts";
import type { Migration } from "../sources/migration.ts";
import { hasSql } from "../sql/blank.ts";
import { retryLocks } from "./retryLocks.ts";
import { beginSql, RESTORE_SESSION } from "./sessionSql.ts";
import { statementError } from "./statementError.ts";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import { withWorkSession, type Run } from "./workSession.ts";

/** What a run down is given. */
export interface DownOptions {
  readonly target: DatabaseTarget;
  readonly migrations: readonly Migration[];
  /** Go back until this number is the last one applied; one step when missing. */
  readonly to: string | undefined;
  readonly leaseWaitMs: number;
  readonly lockBudgetMs: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** The files to take back, the last applied first. */
export function planDown(ledger: LedgerState, to: string | undefined): readonly AppliedMigration[] {
  const reverse = ledger.applied.toSorted((a, b) => (a.seq < b.seq ? 1 : -1));
  if (to === undefined) return reverse.slice(0, 1);
  if (!/^\d+$/.test(to) || !ledger.applied.some((row) => row.number === BigInt(to))) {
    throw new LockstepError("CONFIG", "That number is not applied, so there is no way back to it", {
      seen: to,
      next: "lockstep status shows what is applied",
    });
  }
  return reverse.filter((row) => row.number > BigInt(to));
}

/**
 * Takes back what `planDown` says, each file in a transaction of its own.
 * @throws LockstepError UNSAFE_MIGRATION for a contract file (naming the backup), MIGRATION_FILES for
 * a down file that is missing or says that there is no way back, STATEMENT_FAILED, LOCK_TIMEOUT.
 * @returns the names of the files that were taken back.
 */
export async function down(options: DownOptions): Promise<readonly string[]> {
  const { target, report, signal, leaseWaitMs: waitMs } = options;
  const found = await withConnection(target, { applicationName: "lockstep:down" }, readLedger);
  if (planDown(found, options.to).length === 0) return [];
  return withLease(target, { doing: "down", waitMs, report, signal }, async (lease) => {
    const running = AbortSignal.any([signal, lease.lost]);
    return withWorkSession(target, { lease, signal: running }, async (session) => {
      const plan = planDown(await readLedger(session.client), options.to);
      const steps = [];
      for (const row of plan)
        steps.push({ row, file: await downFileOf(session.client, options, row) });
      const run: Run = {
        session,
        lease,
        release: null,
        lockBudgetMs: options.lockBudgetMs,
        report,
        signal: running,
      };
      for (const { row, file } of steps) await takeBack(run, row, file);
      return plan.map((row) => `${row.label}_${row.name}`);
    });
  });
}

async function takeBack(run: Run, row: AppliedMigration, file: Migration): Promise<void> {
  const { down: script } = file;
  if (script === undefined) return;
  const id = `${row.label}_${row.name}`;
  await retryLocks(run, file, async (lockTimeoutMs) => {
    const prefix = beginSql(run.lease.token, lockTimeoutMs);
    const record = `DELETE FROM lockstep.migration WHERE number = ${row.number.toString()}; INSERT INTO lockstep.event (kind, data) VALUES ('down', jsonb_build_object('file', ${pg.escapeLiteral(id)}::text));`;
    const sent = `${prefix}${script.sql}\n;${RESTORE_SESSION} ${record} COMMIT;`;
    try {
      await run.session.send(sent);
    } catch (error) {
      if (codeOf(error) === "55P03") throw error;
      await run.session.reset();
      throw statementError(
        error,
        { path: script.path, sql: script.sql, prefixLength: prefix.length, offset: 0, sent },
        "nothing of this file was taken back",
      );
    }
  });
  await run.session.reset();
  run.report("info", `${id} taken back`, { file: id });
}

async function downFileOf(
  client: Parameters<typeof lastEvent>[0],
  options: DownOptions,
  row: AppliedMigration,
): Promise<Migration> {
  const id = `${row.label}_${row.name}`;
  if (row.stage === "contract") {
    const backup =
      row.release === null ? undefined : await lastEvent(client, ["backup"], row.release);
    throw new LockstepError(
      "UNSAFE_MIGRATION",
      `${id} removed data; a down file cannot bring it back`,
      {
        where: options.target.display,
        seen: backup
          ? `the backup before it: ${backup.data.id}`
          : "the ledger knows of no backup before it",
        next: "restore what is needed from that backup, or write a new migration that adds the object again",
      },
    );
  }
  const file = options.migrations.find((one) => BigInt(one.number) === row.number);
  if (file?.down && hasSql(file.down.sql)) return file;
  throw new LockstepError("MIGRATION_FILES", `There is no way back for ${id}`, {
    where: file?.down?.path ?? `${id}_down.sql`,
    seen: file?.down ? "its down file holds only comments" : "the file is not in the folder",
    next: "write its down file, or go forward with a new migration",
  });
}
