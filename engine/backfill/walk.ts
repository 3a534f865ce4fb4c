// Walks a table by key, one short transaction a batch, each as large as the time that a batch should take allows.
import { codeOf, isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import type { Ask } from "../locks/search.ts";
import { fileId } from "../plan/approval.ts";
import { isRetryable, retryLocks } from "../run/retryLocks.ts";
import { beginSql } from "../run/sessionSql.ts";
import { statementError } from "../run/statementError.ts";
import { survivingCuts } from "../run/survivingCuts.ts";
import { ensureNotAborted, type Run } from "../run/workSession.ts";
import type { BackfillDirective, Migration } from "../sources/migration.ts";
import { batchSql, parameters, row, type BatchStatement } from "./batchSql.ts";
import { checkKey } from "./keyCheck.ts";
import { BatchPace, DEFAULT_TARGET_MS } from "./pace.ts";
import { Throttle } from "./throttle.ts";
import { WalkReport } from "./walkReport.ts";

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

/** The end of a key range; undefined where no row is left. */
interface RangeEnd {
  readonly key: readonly string[];
  readonly rows: number;
}

/** SQLSTATE of a statement that was cancelled, by its time limit or by a person. */
const CANCELLED = "57014";
const STATE = "the batches before it stay applied and are not repeated";

/**
 * Walks from where the ledger says to the last key.
 * @throws LockstepError as `applyBackfill` does.
 */
export async function walk(run: Run, backfill: Backfill): Promise<void> {
  const { migration, directive } = backfill;
  const pace = new BatchPace({
    targetMs: directive.targetMs ?? run.backfill?.targetMs ?? DEFAULT_TARGET_MS,
    firstRows: directive.batch,
  });
  const said = new WalkReport(run, fileId(migration));
  const throttle = new Throttle(run, fileId(migration));
  const work = { migration, statements: migration.statements };
  const state = { walked: false };
  while (!state.walked) {
    ensureNotAborted(run.signal);
    await survivingCuts(run, fileId(migration), async () => {
      if (!said.begun) await begin(run, backfill, said);
      said.paused(await throttle.clear());
      await retryLocks(run, work, async (ask) => {
        const batch = await takeBatch(run, backfill, { ask, pace });
        state.walked = batch === undefined;
        if (batch) said.took(batch, pace.rows);
      });
    });
  }
  said.ended();
  await run.session.reset();
}

async function begin(run: Run, backfill: Backfill, said: WalkReport): Promise<void> {
  const { migration, directive } = backfill;
  try {
    await checkKey(run, migration, directive);
    const { position, rows } = await readProgress(run, backfill);
    await said.begin({ ...directive, position, rows });
  } catch (error) {
    ensureNotAborted(run.signal, error);
    throw asStatementError(backfill, error);
  }
}

interface Attempt {
  readonly ask: Ask;
  readonly pace: BatchPace;
}

/** Comes again with fewer rows where a batch is cancelled at its limit; undefined when there is no further key. */
async function takeBatch(
  run: Run,
  backfill: Backfill,
  { ask, pace }: Attempt,
): Promise<Batch | undefined> {
  for (;;) {
    try {
      const batch = await tryBatch(run, backfill, { ask, pace });
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

/** One batch in one transaction with its position. */
async function tryBatch(
  run: Run,
  backfill: Backfill,
  { ask, pace }: Attempt,
): Promise<Batch | undefined> {
  await run.session.send(beginSql(run.lease.token, ask));
  // Read anew each time: after a cut nobody but the ledger knows whether the last batch was committed.
  const before = await readProgress(run, backfill);
  const end = await endOfBatch(run, backfill, { from: before.position, pace });
  if (end === undefined) {
    await run.session.send(
      `UPDATE lockstep.backfill SET walked = true WHERE number = ${backfill.number}; COMMIT;`,
    );
    return undefined;
  }
  const started = performance.now();
  const range = { from: before.position, to: end.key };
  const rows = before.rows + (await sendBatch(run, backfill, { ...range, limitMs: pace.limitMs }));
  // A COMMIT that waits for a synchronous standby must not be cut short.
  await run.session.query(
    "UPDATE lockstep.backfill SET position = $1, rows = $2 WHERE number = $3 RETURNING pg_catalog.set_config('statement_timeout', '0', true)",
    [JSON.stringify(end.key), rows, backfill.number],
  );
  await run.session.send("COMMIT");
  return { position: end.key, rows, walkedRows: end.rows, ms: performance.now() - started };
}

/** The key that ends the next batch, by the key's own index. From there on the batch's time limit holds. */
async function endOfBatch(
  run: Run,
  { directive, statement }: Backfill,
  { from, pace }: { readonly from: readonly string[] | undefined; readonly pace: BatchPace },
): Promise<RangeEnd | undefined> {
  const columns = statement.key.map((column) => column.replace(/^"(?:[^"]|"")+"\./, ""));
  const above = from ? `WHERE ${row(columns)} > ${row(parameters(columns, 1))}` : "";
  const ordered = columns.join(", ");
  const reversed = columns.map((column) => `${column} DESC`).join(", ");
  // A table without an index on its key takes long to look through whatever the batch's size.
  const limit = `pg_catalog.set_config('statement_timeout', '${String(pace.limitMs)}', true)`;
  const found = await run.session.query<{ key: string[]; rows: number }>(
    `SELECT ARRAY[${columns.map((column) => `${column}::text`).join(", ")}] AS key, rows::int AS rows, ${limit} FROM (SELECT ${ordered}, count(*) OVER () AS rows FROM (SELECT ${ordered} FROM ${directive.table} ${above} ORDER BY ${ordered} LIMIT ${String(pace.rows)}) AS range) AS batch ORDER BY ${reversed} LIMIT 1`,
    from ?? [],
  );
  return found.rows[0];
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

function asStatementError({ migration }: Backfill, error: unknown): unknown {
  if (isPassedOn(error)) return error;
  const { path, sql } = migration;
  return statementError(error, { path, sql, sent: "", toFile: () => -1 }, STATE);
}

/** How far the ledger says that a backfill is. */
export async function readProgress(
  run: Run,
  { number }: Pick<Backfill, "number">,
): Promise<Progress> {
  const found = await run.session.client.query<{ position: string | null; rows: string }>(
    "SELECT position, rows FROM lockstep.backfill WHERE number = $1",
    [number],
  );
  const { position = null, rows = "0" } = found.rows[0] ?? {};
  return {
    position: position === null ? undefined : (JSON.parse(position) as string[]),
    rows: Number(rows),
  };
}
