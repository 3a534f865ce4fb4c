// A file that cannot run in a transaction goes statement by statement, journalled before and after each.
import { SESSION_SETTINGS } from "../drivers/postgres/connect.ts";
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import { clearInvalidIndex, outcomeOf } from "./outcome.ts";
import { beginSql, ledgerRowSql, RESET_SESSION, RESTORE_SESSION } from "./sessionSql.ts";
import { statementError } from "./statementError.ts";
import { rowsThatFail, verificationFailed } from "./verifyScript.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** The journal's own transactions touch only the ledger; a short wait is enough, ms. */
const JOURNAL_LOCK_TIMEOUT_MS = 5_000;

/**
 * Applies one file outside of a transaction, going on behind the last statement that is known done.
 * @throws LockstepError STATEMENT_FAILED (earlier statements of the file stay applied and are not
 * repeated), UNKNOWN_OUTCOME where neither journal nor catalogue can tell, INTERRUPTED.
 */
export async function applyStatements(run: Run, migration: Migration): Promise<void> {
  await journalled(run, ledgerRowSql({ migration, release: run.release, state: "running" }));
  const journal = await readJournal(run, migration);
  for (const [position, statement] of migration.statements.entries()) {
    const state = journal.get(position);
    if (state === "done") continue;
    if (state === "started" && (await outcomeOf(run, migration, statement)) === "done") {
      run.report(
        "info",
        `${migration.number}_${migration.name}: ${statement.summary} was done before the last run ended`,
      );
    } else {
      await journalled(run, journalSql(migration, position, "started"));
      await runStatement(run, migration, statement);
    }
    await journalled(run, journalSql(migration, position, "done"));
  }
  await verifyAfter(run, migration);
  await journalled(run, ledgerRowSql({ migration, release: run.release, state: "applied" }));
}

/** Runs `sql` in a transaction of its own that asserts the lease. */
export async function journalled(run: Run, sql: string): Promise<void> {
  try {
    await run.session.send(
      `${beginSql(run.lease.token, JOURNAL_LOCK_TIMEOUT_MS)}${RESTORE_SESSION} ${sql} COMMIT;`,
    );
  } catch (error) {
    await run.session.reset().catch(() => undefined);
    throw error;
  }
}

async function runStatement(run: Run, migration: Migration, statement: Statement): Promise<void> {
  await clearInvalidIndex(run, statement);
  run.report("progress", `${migration.number}_${migration.name}: ${statement.summary}`);
  try {
    await run.session.send(statement.sql);
    await run.session.send(`${RESET_SESSION} ${SESSION_SETTINGS}`);
  } catch (error) {
    ensureNotAborted(run.signal, error);
    if (isConnectionLost(error)) throw error;
    await run.session.reset();
    throw statementError(
      error,
      {
        path: migration.path,
        sql: migration.sql,
        prefixLength: 0,
        offset: statement.offset,
        sent: statement.sql,
      },
      "the statements before it stay applied and are not repeated",
    );
  }
}

async function verifyAfter(run: Run, migration: Migration): Promise<void> {
  const { verify } = migration;
  if (verify === undefined) return;
  const state = "its statements stay applied; the next run verifies again";
  let rows;
  try {
    rows = rowsThatFail(await run.session.send(verify.sql));
  } catch (error) {
    await run.session.reset();
    throw verificationFailed(verify.path, error, state);
  }
  if (rows !== undefined) throw verificationFailed(verify.path, rows, state);
}

function journalSql(migration: Migration, position: number, state: "started" | "done"): string {
  return `INSERT INTO lockstep.statement (number, position, state) VALUES (${BigInt(migration.number).toString()}, ${String(position)}, '${state}') ON CONFLICT (number, position) DO UPDATE SET state = excluded.state, at = clock_timestamp();`;
}

async function readJournal(
  run: Run,
  migration: Migration,
): Promise<Map<number, "started" | "done">> {
  const found = await run.session.client.query<{ position: number; state: "started" | "done" }>(
    "SELECT position, state FROM lockstep.statement WHERE number = $1",
    [migration.number],
  );
  return new Map(found.rows.map((row) => [row.position, row.state]));
}
