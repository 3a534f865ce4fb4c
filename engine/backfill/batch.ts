// One batch of a backfill: one transaction with its rows and its position in the ledger.
import pg from "pg";
import { codeOf, isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import type { Ask } from "../locks/search.ts";
import { isRetryable } from "../run/retryLocks.ts";
import { statementError } from "../run/statementError.ts";
import { ensureNotAborted, type Run } from "../run/workSession.ts";
import { fileId } from "../sources/fileId.ts";
import type { BackfillDirective, Migration } from "../sources/migration.ts";
import { batchSql, type BatchStatement } from "./batchSql.ts";
import { endOfBatch, type Key } from "./keyRange.ts";
import type { BatchPace } from "./pace.ts";
import { beginBatchSql, positionSql, progressSql, walkedSql } from "./walkSql.ts";

/** A backfill file, read. */
export interface Backfill {
  readonly migration: Migration;
  readonly directive: BackfillDirective;
  readonly statement: BatchStatement;
  /** The number as the ledger has it. */
  readonly number: string;
}

/** How far a backfill is, by the ledger. */
export interface Progress {
  /** The last key that is done, each column as text; undefined before the first batch. */
  readonly position: readonly string[] | undefined;
  /** Rows that the statement changed. */
  readonly rows: number;
}

/** A batch that was committed. */
export interface Batch extends Progress {
  /** Rows that this batch walked; those that the statement's condition leaves out count, too. */
  readonly walkedRows: number;
  /** From its first row lock to its commit, ms. */
  readonly ms: number;
}

/** SQLSTATE of a statement that was cancelled, by its time limit or by a person. */
const CANCELLED = "57014";
const STATE = "the batches before it stay applied and are not repeated";

/** How a batch is tried. */
export interface Attempt {
  readonly ask: Ask;
  readonly pace: BatchPace;
  /** The last key of the walk; undefined where it goes on to the table's end. */
  readonly until: Key | undefined;
}

/**
 * Takes one batch, with fewer rows where it is cancelled at its limit; undefined when there is no further key.
 * @throws LockstepError STATEMENT_FAILED, INTERRUPTED, LEASE_LOST; what may be tried again and a cut as they are.
 */
export async function takeBatch(
  run: Run,
  backfill: Backfill,
  attempt: Attempt,
): Promise<Batch | undefined> {
  const { pace } = attempt;
  for (;;) {
    try {
      const batch = await tryBatch(run, backfill, attempt);
      if (batch) pace.took({ rows: batch.walkedRows, ms: batch.ms });
      return batch;
    } catch (error) {
      ensureNotAborted(run.signal, error);
      if (isConnectionLost(error)) throw error;
      if (isRetryable(error) || error instanceof BatchTooLong) pace.missed();
      if (isRetryable(error)) throw error;
      await run.session.reset();
      if (!(error instanceof BatchTooLong)) throw asStatementError(backfill, error);
      run.report(
        "progress",
        `${fileId(backfill.migration)}: ${error.message}; again with ${String(pace.rows)} rows`,
      );
    }
  }
}

/** The server has cancelled a batch at its limit, ms. */
class BatchTooLong extends Error {
  constructor(limitMs: number, cause: unknown) {
    super(`a batch took more than ${String(limitMs)} ms`, { cause });
  }
}

/** One batch in one transaction with its position; four messages, since a server may be far away. */
async function tryBatch(
  run: Run,
  backfill: Backfill,
  { ask, pace, until }: Attempt,
): Promise<Batch | undefined> {
  // Read anew each time: after a cut nobody but the ledger knows whether the last batch was committed.
  const begun = await run.session.send(beginBatchSql(run.lease.token, ask, backfill.number));
  const before = toProgress(begun.at(-1)?.rows[0]);
  const { rows: wanted, limitMs } = pace;
  const request = { from: before.position, until, rows: wanted, limitMs };
  const end = await endOfBatch(run, backfill.directive, request);
  if (end === undefined) {
    await run.session.send(walkedSql(backfill.number));
    return undefined;
  }
  const started = performance.now();
  const range = { from: before.position, to: end.key, limitMs };
  const rows = before.rows + (await sendBatch(run, backfill, range));
  const position = pg.escapeLiteral(JSON.stringify(end.key));
  await run.session.send(positionSql(backfill.number, { position, rows }));
  return { position: end.key, rows, walkedRows: end.rows, ms: performance.now() - started };
}

interface Range {
  readonly from: readonly string[] | undefined;
  readonly to: readonly string[];
  /** The batch's statement_timeout, ms; 0 for none. */
  readonly limitMs: number;
}

async function sendBatch(run: Run, backfill: Backfill, range: Range): Promise<number> {
  const { migration, statement } = backfill;
  const { from, to, limitMs } = range;
  const query = batchSql(statement, from === undefined);
  const started = performance.now();
  try {
    return (await run.session.query(query.sql, [...to, ...(from ?? [])])).rowCount ?? 0;
  } catch (error) {
    if (run.signal.aborted || isPassedOn(error)) throw error;
    const tookMs = performance.now() - started;
    // Before that it was a person who cancelled it, and who does not want it again.
    if (codeOf(error) === CANCELLED && limitMs > 0 && tookMs >= limitMs)
      throw new BatchTooLong(limitMs, error);
    const statementAt = migration.statements[0]?.offset ?? 0;
    const inStatement = (offset: number) =>
      offset < query.conditionAt ? offset : offset - query.conditionAt + statement.conditionAt;
    const toFile = (offset: number) => inStatement(offset) + statementAt;
    const source = { path: migration.path, sql: migration.sql, sent: query.sql };
    throw statementError(error, { ...source, toFile, statementAt }, STATE);
  }
}

/** What somebody further up deals with. */
function isPassedOn(error: unknown): boolean {
  return isRetryable(error) || isConnectionLost(error) || isLockstepError(error);
}

/** The error that a user reads, of whatever ended a walk. */
export function asStatementError({ migration }: Backfill, error: unknown): unknown {
  if (isPassedOn(error)) return error;
  const { path, sql } = migration;
  return statementError(error, { path, sql, sent: "", toFile: () => -1 }, STATE);
}

/** How far the ledger says that a backfill is. */
export async function readProgress(run: Run, backfill: Backfill): Promise<Progress> {
  const found = await run.session.query(progressSql(backfill.number));
  return toProgress(found.rows[0]);
}

function toProgress(found: Readonly<Record<string, unknown>> | undefined): Progress {
  const { position, rows } = found ?? {};
  return {
    position: typeof position === "string" ? (JSON.parse(position) as string[]) : undefined,
    rows: Number(rows ?? 0),
  };
}
