// A file that cannot run in a transaction goes statement by statement; its ledger row says how it stands.
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { unwrapScript } from "./companion.ts";
import { journalled, runJournalled } from "./journal.ts";
import { ledgerRowSql } from "./sessionSql.ts";
import { survivingCuts } from "./survivingCuts.ts";
import { verifyAlone } from "./verifyScript.ts";
import type { Run } from "./workSession.ts";

/**
 * Applies one file outside of a transaction, going on behind the last statement that is known done.
 * @throws LockstepError STATEMENT_FAILED (earlier statements of the file stay applied and are not
 * repeated), UNKNOWN_OUTCOME, VERIFICATION_FAILED, CONNECTION, INTERRUPTED, LEASE_LOST.
 */
export async function applyStatements(run: Run, migration: Migration): Promise<void> {
  const row = { migration, release: run.release };
  await survivingCuts(run, fileId(migration), async () => {
    await journalled(run, ledgerRowSql({ ...row, state: "running" }));
    const { path, sql, statements } = migration;
    // Another tool's file may hold what only that tool knows to be impossible in a transaction.
    const transactions = migration.foreign?.outsideTransaction !== true;
    const work = { migration, path, sql, statements, transactions };
    await runJournalled(run, { ...work, positionOf: (index) => index });
    await verifyApplied(run, migration);
    await journalled(run, ledgerRowSql({ ...row, state: "applied" }));
  });
}

/**
 * Runs the verify script of a file whose work is committed already, before its row says `applied`.
 * @throws LockstepError VERIFICATION_FAILED
 */
export async function verifyApplied(run: Run, migration: Migration): Promise<void> {
  if (migration.verify === undefined) return;
  const script = await unwrapScript(migration.verify);
  try {
    const state = "its statements stay applied; the next run verifies again";
    await verifyAlone((sql) => run.session.send(sql), script, state);
  } finally {
    await run.session.reset().catch(() => undefined);
  }
}
