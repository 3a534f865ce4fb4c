// Walks a table by key, one short transaction a batch, each as large as the time that a batch should take allows.
import pg from "pg";
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

/** One batch in one transaction with its position; four messages, since a server may be far away. */
async function tryBatch(
  run: Run,
  backfill: Backfill,
  { ask, pace }: Attempt,
): Promise<Batch | undefined> {
  // Read anew each time: after a cut nobody but the ledger knows whether the last batch was committed.
  const begun = await run.session.send(
    `${beginSql(run.lease.token, ask)} ${progressSql(backfill)};`,
  );
  const before = toProgress(begun.at(-1)?.rows[0]);
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
  const position = pg.escapeLiteral(JSON.stringify(end.key));
  // A COMMIT that waits for a synchronous standby must not be cut short.
  await run.session.send(
    `SET LOCAL statement_timeout = 0; UPDATE lockstep.backfill SET position = ${position}, rows = ${String(rows)} WHERE number = ${backfill.number}; COMMIT`,
  );
  return { position: end.key, rows, walkedRows: end.rows, ms: performance.now() - started };
}

/** The key that ends the next batch, by the key's own index. From there on the batch's time limit holds. */
async function endOfBatch(
  run: Run,
  { directive, statement }: Backfill,
  { from = [], pace }: { readonly from: readonly string[] | undefined; readonly pace: BatchPace },
): Promise<RangeEnd | undefined> {
  const columns = statement.key.map((column) => column.replace(/^"(?:[^"]|"")+"\./, ""));
  const above = from.length > 0 ? `WHERE ${row(columns)} > ${row(parameters(columns, 1))}` : "";
  const ordered = columns.join(", ");
  const keys = `SELECT ${ordered} FROM ${directive.table} ${above} ORDER BY ${ordered}`;
  const text = `ARRAY[${columns.map((column) => `${column}::text`).join(", ")}] AS key`;
  // A table without an index on its key takes long to look through whatever the batch's size.
  const limit = `pg_catalog.set_config('statement_timeout', '${String(pace.limitMs)}', true)`;
  const full = await run.session.query<{ key: string[] }>(
    `SELECT ${text}, ${limit} FROM (${keys} OFFSET ${String(pace.rows - 1)} LIMIT 1) AS last`,
    from,
  );
  if (full.rows[0]) return { key: full.rows[0].key, rows: pace.rows };
  const reversed = columns.map((column) => `${column} DESC`).join(", ");
  const rest = await run.session.query<{ key: string[]; rows: number }>(
    `SELECT ${text}, rows::int AS rows, ${limit} FROM (SELECT ${ordered}, count(*) OVER () AS rows FROM (${keys} LIMIT ${String(pace.rows)}) AS range) AS batch ORDER BY ${reversed} LIMIT 1`,
    from,
  );
  return rest.rows[0];
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
async function readProgress(run: Run, backfill: Backfill): Promise<Progress> {
  const found = await run.session.query(progressSql(backfill));
  return toProgress(found.rows[0]);
}

function progressSql({ number }: Backfill): string {
  return `SELECT position, rows FROM lockstep.backfill WHERE number = ${number}`;
}

function toProgress(found: Readonly<Record<string, unknown>> | undefined): Progress {
  const { position, rows } = found ?? {};
  return {
    position: typeof position === "string" ? (JSON.parse(position) as string[]) : undefined,
    rows: Number(rows ?? 0),
  };
}
