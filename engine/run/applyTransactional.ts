// A file that PostgreSQL can run in a transaction commits together with its ledger row, or not at all.
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { SESSION_SETTINGS } from "../drivers/postgres/connect.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { leaseLost } from "../lease/lease.ts";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import type { Migration } from "../sources/migration.ts";
import { retryLocks } from "./retryLocks.ts";
import { beginSql, ledgerRowSql, RESET_SESSION, RESTORE_SESSION } from "./sessionSql.ts";
import { statementError } from "./statementError.ts";
import { rowsThatFail, verificationFailed } from "./verifyScript.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** How often a file is begun again after its connection was cut. */
const MOST_CUTS = 3;

/**
 * Applies one file: one round trip, or three where a verify script looks at the result before the commit.
 * @throws LockstepError STATEMENT_FAILED, VERIFICATION_FAILED, LOCK_TIMEOUT, LEASE_LOST, INTERRUPTED;
 * nothing of the file is applied then.
 */
export async function applyTransactional(run: Run, migration: Migration): Promise<void> {
  for (let cut = 1; ; cut += 1) {
    try {
      await retryLocks(run, migration, (lockTimeoutMs) => attempt(run, migration, lockTimeoutMs));
      return;
    } catch (error) {
      if (!isConnectionLost(error) || cut > MOST_CUTS || run.signal.aborted) throw error;
      run.report(
        "warn",
        `${migration.number}_${migration.name}: the connection was cut; finding out whether the commit got through`,
      );
      await run.session.recover(run.lease);
      if (await isApplied(run, migration)) return;
    }
  }
}

async function attempt(run: Run, migration: Migration, lockTimeoutMs: number): Promise<void> {
  const prefix = beginSql(run.lease.token, lockTimeoutMs);
  const ending = `\n;${RESTORE_SESSION} ${ledgerRowSql({ migration, release: run.release, state: "applied" })} COMMIT; ${RESET_SESSION} ${SESSION_SETTINGS}`;
  const { verify } = migration;
  const sent = verify === undefined ? prefix + migration.body + ending : prefix + migration.body;
  try {
    await run.session.send(sent);
  } catch (error) {
    ensureNotAborted(run.signal, error);
    if (codeOf(error) === "LS001") throw leaseLost();
    const retryable =
      codeOf(error) === "55P03" || codeOf(error) === "40P01" || codeOf(error) === "40001";
    if (retryable || isConnectionLost(error)) throw error;
    await run.session.reset();
    throw statementError(
      error,
      { path: migration.path, sql: migration.sql, prefixLength: prefix.length, offset: 0, sent },
      "nothing of this file was applied",
    );
  }
  if (verify === undefined) return;
  await verifyBeforeCommit(run, migration);
  await run.session.send(ending.slice(2));
}

async function verifyBeforeCommit(run: Run, migration: Migration): Promise<void> {
  const { verify } = migration;
  if (verify === undefined) return;
  try {
    const rows = rowsThatFail(await run.session.send(verify.sql));
    if (rows !== undefined)
      throw verificationFailed(verify.path, rows, "nothing of this file was applied");
  } catch (error) {
    ensureNotAborted(run.signal, error);
    if (isConnectionLost(error)) throw error;
    await run.session.reset();
    if (error instanceof LockstepError) throw error;
    throw verificationFailed(verify.path, error, "nothing of this file was applied");
  }
}

async function isApplied(run: Run, migration: Migration): Promise<boolean> {
  const found = await run.session.client.query(
    "SELECT FROM lockstep.migration WHERE number = $1 AND state = 'applied'",
    [migration.number],
  );
  return found.rowCount === 1;
}
