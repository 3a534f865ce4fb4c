// Statements that cannot run in a transaction go one by one, journalled before and after each.
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import { lockTimeoutSql } from "../sql/lockTimeout.ts";
import { isAskedBriefly, isSetting, journalSql, resetSession, settingsBefore } from "./fileSql.ts";
import { clearInvalidIndexes } from "./indexes.ts";
import { outcomeOf } from "./outcome.ts";
import { runInOwnTransaction } from "./ownTransaction.ts";
import { withProgress } from "./progress.ts";
import { retryLocks } from "./retryLocks.ts";
import { ledgerTransaction } from "./sessionSql.ts";
import { statementError } from "./statementError.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** Statements to run, and where their journal is. */
export interface Journalled {
  readonly migration: Migration;
  /** The file that they are from. */
  readonly path: string;
  readonly sql: string;
  readonly statements: readonly Statement[];
  /** Whether a statement that may run in a transaction gets one of its own, together with its journal's row. */
  readonly transactions?: boolean;
  /** Up and down of one migration share its journal. */
  readonly positionOf: (index: number) => number;
}

/** Writes to the ledger in a transaction of its own that asserts the lease. */
export async function journalled(run: Run, sql: string): Promise<void> {
  try {
    await run.session.send(ledgerTransaction(run.lease.token, sql));
  } catch (error) {
    await run.session.reset().catch(() => undefined);
    throw error;
  }
}

/**
 * Runs the statements, going on behind the last one that is known done.
 * @throws LockstepError STATEMENT_FAILED (the ones before stay applied and are not repeated),
 * UNKNOWN_OUTCOME where neither journal nor catalogue can tell, INTERRUPTED, LEASE_LOST.
 */
export async function runJournalled(run: Run, work: Journalled): Promise<void> {
  const states = await readJournal(run, work.migration);
  for (const [index, statement] of work.statements.entries()) {
    ensureNotAborted(run.signal);
    if (isSetting(statement)) {
      await runStatement(run, work, statement);
      continue;
    }
    const position = work.positionOf(index);
    const state = states.get(position);
    if (state === "done") continue;
    if (work.transactions && !statement.nonTransactional && state === undefined) {
      const done = journalSql(work.migration, position, "done");
      await runInOwnTransaction(run, work, { statement, done });
      continue;
    }
    const seen = { label: work.migration.number, path: work.path, statement };
    if (state === "started" && (await outcomeOf(run, seen)) === "done") {
      run.report("info", `${work.path}: ${statement.summary} was done before the last run ended`);
    } else {
      await journalled(run, journalSql(work.migration, position, "started"));
      await runStatement(run, work, statement);
    }
    await journalled(run, journalSql(work.migration, position, "done"));
  }
  await run.session.send(resetSession(run.session.resetSql));
}

async function runStatement(run: Run, work: Journalled, statement: Statement): Promise<void> {
  await clearInvalidIndexes(run, statement);
  run.report("progress", `${work.path}: ${statement.summary}`);
  try {
    await sendAlone(run, work, statement);
  } catch (error) {
    ensureNotAborted(run.signal, error);
    if (isConnectionLost(error) || isLockstepError(error)) throw error;
    await clearAfterFailure(run, statement);
    await run.session.reset();
    throw statementError(
      error,
      {
        path: work.path,
        sql: work.sql,
        sent: statement.sql,
        toFile: (offset) => offset + statement.offset,
        server: run.session.server,
        statementAt: statement.offset,
      },
      "the statements before it stay applied and are not repeated",
    );
  }
}

/** Sends a statement that no transaction may hold; where it takes a strong lock, that is waited for as a file's is. */
async function sendAlone(run: Run, work: Journalled, statement: Statement): Promise<void> {
  const send = () =>
    withProgress(run, `${work.path}: ${statement.summary}`, () => run.session.send(statement.sql));
  if (!isAskedBriefly(statement)) {
    await send();
    return;
  }
  const { migration } = work;
  await retryLocks(run, { migration, statements: [statement] }, async ({ lockTimeoutMs }) => {
    // A miss before has undone them.
    for (const { sql } of settingsBefore(work.statements, statement)) await run.session.send(sql);
    await run.session.send(lockTimeoutSql(lockTimeoutMs));
    await send();
    await run.session.send(lockTimeoutSql(0));
  });
}

/** A failed build leaves an index that slows every write and serves no query; the next run would drop it, too. */
async function clearAfterFailure(run: Run, statement: Statement): Promise<void> {
  await clearInvalidIndexes(run, statement).catch(() => undefined);
}

async function readJournal(
  run: Run,
  migration: Migration,
): Promise<ReadonlyMap<number, "started" | "done">> {
  const found = await run.session.client.query<{ position: number; state: "started" | "done" }>(
    "SELECT position, state FROM lockstep.statement WHERE number = $1",
    [migration.order.toString()],
  );
  return new Map(found.rows.map((row) => [row.position, row.state]));
}
