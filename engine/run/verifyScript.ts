// Verify scripts: one that raises, or returns rows, says that a change did not do what it should.
import { DatabaseError } from "pg";
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import type { SqlFile } from "../sources/migration.ts";
import type { Results } from "./workSession.ts";

/** How many of the returned rows an error shows. */
const MOST_ROWS = 3;

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Sends one text of one or many statements. */
type Send = (sql: string) => Promise<Results>;

/** What a verify script is sent as within an open transaction. */
export function verifyWithinSql({ sql }: SqlFile): string {
  return `SAVEPOINT lockstep_verify; SET LOCAL transaction_read_only = on; ${sql}\n; ROLLBACK TO SAVEPOINT lockstep_verify; RELEASE SAVEPOINT lockstep_verify;`;
}

/** What a verify script is sent as in a transaction of its own. */
export function verifyAloneSql({ sql }: SqlFile): string {
  return `BEGIN READ ONLY; ${sql}\n; ROLLBACK;`;
}

/**
 * Runs a verify script as part of the open transaction. It may only look, and leaves nothing behind:
 * what it sets goes with the savepoint.
 * @throws LockstepError VERIFICATION_FAILED; `state` says in words what is applied then.
 */
export async function verifyWithin(send: Send, script: SqlFile, state: string): Promise<void> {
  await look(send, { path: script.path, sql: verifyWithinSql(script) }, state);
}

/**
 * Runs a verify script in a read-only transaction of its own. After a failure the session's
 * transaction is still to be rolled back.
 * @throws LockstepError VERIFICATION_FAILED
 */
export async function verifyAlone(send: Send, script: SqlFile, state: string): Promise<void> {
  await look(send, { path: script.path, sql: verifyAloneSql(script) }, state);
}

async function look(send: Send, script: SqlFile, state: string): Promise<void> {
  let results: Results;
  try {
    results = await send(script.sql);
  } catch (error) {
    if (isLockstepError(error) || isConnectionLost(error)) throw error;
    throw verificationFailed(script.path, error, state);
  }
  // DO and SET return no rows.
  const rows = results.find((result) => result.rows.length > 0)?.rows;
  if (rows) throw verificationFailed(script.path, rows, state);
}

/** `found` is the rows that the script at `path` returned, or what it raised. */
function verificationFailed(path: string, found: unknown, state: string): LockstepError {
  const rows = Array.isArray(found) ? (found as Rows) : undefined;
  const raised =
    found instanceof DatabaseError
      ? `${found.message} (SQLSTATE ${found.code ?? "?"})`
      : String(found instanceof Error ? found.message : found);
  return new LockstepError(
    "VERIFICATION_FAILED",
    "A verify script says that the change is not as it should be",
    {
      where: path,
      seen: rows === undefined ? raised : describeRows(rows),
      next: `mend the migration or the script, then run the same command again; ${state}`,
      ...(found instanceof DatabaseError && found.code ? { sqlstate: found.code } : {}),
      cause: rows === undefined ? found : undefined,
    },
  );
}

function describeRows(rows: Rows): string {
  const shown = rows.slice(0, MOST_ROWS).map((row) => JSON.stringify(row).slice(0, 160));
  return [
    `it returned ${String(rows.length)} row${rows.length === 1 ? "" : "s"}; none were expected`,
    ...shown,
  ].join("\n");
}
