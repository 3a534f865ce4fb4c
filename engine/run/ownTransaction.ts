// A statement that may run in a transaction, of a file that may not run in one as a whole: it commits with its journal's row.
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import type { Statement } from "../sources/migration.ts";
import { statementEnding } from "./fileSql.ts";
import type { Journalled } from "./journal.ts";
import { isRetryable, retryLocks } from "./retryLocks.ts";
import { beginSql } from "./sessionSql.ts";
import { statementError } from "./statementError.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** What an error says of the rest of such a file. */
const STATE = "the statements before it stay applied and are not repeated";

/**
 * Runs `statement` of `work` together with `done`, which writes that it is done: a kill leaves both or neither, so nobody has
 * to find out afterwards. Its locks are waited for as a file's are.
 * @throws LockstepError STATEMENT_FAILED, LOCK_TIMEOUT, LEASE_LOST, INTERRUPTED; the statement did nothing then.
 */
export async function runInOwnTransaction(
  run: Run,
  work: Journalled,
  { statement, done }: { readonly statement: Statement; readonly done: string },
): Promise<void> {
  const { migration, path, sql } = work;
  run.report("progress", `${path}: ${statement.summary}`);
  await retryLocks(run, { migration, statements: [statement] }, async (ask) => {
    const prefix = beginSql(run.lease.token, ask);
    const sent = `${prefix}${statement.sql}${statementEnding(done)}`;
    try {
      await run.session.send(sent);
    } catch (error) {
      ensureNotAborted(run.signal, error);
      if (isRetryable(error) || isConnectionLost(error) || isLockstepError(error)) throw error;
      await run.session.reset();
      const toFile = (offset: number) => offset - prefix.length + statement.offset;
      throw statementError(
        error,
        { path, sql, sent, toFile, statementAt: statement.offset, server: run.session.server },
        STATE,
      );
    }
  });
}
