// A file that PostgreSQL can run in a transaction commits together with its ledger row, or not at all.
import { DatabaseError } from "pg";
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import type { Ask } from "../locks/search.ts";
import { CANNOT_SOAK, cannotSoak } from "../soak/soakErrors.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { unwrapScript } from "./companion.ts";
import { endingAlone, fileTransaction, keepsSession, undoSql } from "./fileSql.ts";
import { isRetryable, retryLocks } from "./retryLocks.ts";
import { commandsOfBegin } from "./sessionSql.ts";
import { statementError } from "./statementError.ts";
import { survivingCuts } from "./survivingCuts.ts";
import { verifyWithin } from "./verifyScript.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

const STATE = "nothing of this file was applied";

/**
 * Applies one file: one round trip, or three where a verify script looks at the result before the commit.
 * @throws LockstepError STATEMENT_FAILED, VERIFICATION_FAILED, LOCK_TIMEOUT, LEASE_LOST, CONNECTION,
 * INTERRUPTED; nothing of the file is applied then.
 */
export async function applyTransactional(run: Run, migration: Migration): Promise<void> {
  await survivingCuts(run, fileId(migration), async (again) => {
    if (again && (await isApplied(run, migration))) return;
    const { statements } = migration;
    await retryLocks(run, { migration, statements }, (ask) => attempt(run, migration, ask));
  });
}

async function attempt(run: Run, migration: Migration, ask: Ask): Promise<void> {
  const { prefix, ending } = await transactionOf(run, migration, ask);
  const verify = migration.verify && (await unwrapScript(migration.verify));
  const before = commandsOfBegin(ask) + (migration.soak ? 1 : 0);
  await sendFile(run, migration, { prefix, before, ending: verify ? "" : ending });
  if (!verify) return;
  try {
    await verifyWithin((sql) => run.session.send(sql), verify, STATE);
  } catch (error) {
    await failed(run, error);
    throw error;
  }
  // What a deferred constraint says comes with the commit.
  await sendFile(run, migration, { before, ending: endingAlone(ending) });
}

/** What is sent before and behind the text of `migration` so that it commits together with its ledger row. */
async function transactionOf(
  run: Run,
  migration: Migration,
  ask: Ask,
): Promise<{ readonly prefix: string; readonly ending: string }> {
  const undo = (await mayChangeSession(run, migration))
    ? undoSql(migration, run.session.resetSql)
    : undefined;
  const row = { migration, release: run.release };
  return fileTransaction({ token: run.lease.token, ask, row, undo });
}

async function mayChangeSession(run: Run, migration: Migration): Promise<boolean> {
  if (!keepsSession(migration)) {
    run.session.forgetEventTriggers();
    return true;
  }
  return run.session.hasEventTriggers();
}

/** Sends the file's text between `prefix` and `ending`; without a prefix only the ending. */
async function sendFile(
  run: Run,
  migration: Migration,
  {
    prefix,
    before,
    ending,
  }: { readonly prefix?: string; readonly before: number; readonly ending: string },
): Promise<void> {
  const sent = prefix === undefined ? ending : prefix + migration.body + ending;
  try {
    await run.session.send(sent);
  } catch (error) {
    // Counted before the reset completes commands of its own.
    const index = prefix === undefined ? -1 : run.session.completed - before;
    await failed(run, error);
    if (error instanceof DatabaseError && error.code === CANNOT_SOAK)
      throw cannotSoak(error, migration);
    throw statementError(
      error,
      {
        path: migration.path,
        sql: migration.sql,
        sent,
        toFile: (offset) => (prefix === undefined ? -1 : offset - prefix.length),
        server: run.session.server,
        statementAt: migration.statements[index]?.offset,
      },
      STATE,
    );
  }
}

/** Rolls back after a failure that is the file's own; what is tried again is left to who tries it. */
async function failed(run: Run, error: unknown): Promise<void> {
  ensureNotAborted(run.signal, error);
  if (isRetryable(error) || isConnectionLost(error)) throw error;
  if (isLockstepError(error) && error.code === "LEASE_LOST") throw error;
  await run.session.reset();
}

async function isApplied(run: Run, migration: Migration): Promise<boolean> {
  const found = await run.session.client.query(
    "SELECT FROM lockstep.migration WHERE number = $1 AND state = 'applied' AND checksum = $2 AND substituted IS NOT DISTINCT FROM $3",
    [migration.order.toString(), migration.checksum, migration.substituted ?? null],
  );
  return found.rowCount === 1;
}
