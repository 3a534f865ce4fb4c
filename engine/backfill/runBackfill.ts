// A backfill walks a table by key, one short transaction a batch, and goes on where it stopped.
import pg from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { codeOf, isConnectionLost } from "../drivers/postgres/diagnose.ts";
import type { BackfillDirective, Migration } from "../sources/migration.ts";
import { journalled } from "../run/applyStatements.ts";
import { ledgerRowSql } from "../run/sessionSql.ts";
import { statementError } from "../run/statementError.ts";
import { ensureNotAborted, type Run } from "../run/workSession.ts";
import { batchSql, cutStatement, type BatchStatement } from "./batchSql.ts";

/** A batch waits this long for a row or table that somebody holds, ms; then it is tried again. */
const BATCH_LOCK_TIMEOUT_MS = 5_000;
/** How often one batch is tried again after a lock, a deadlock or a serialization failure. */
const MOST_TRIES = 20;

/** How far a backfill is. */
interface Progress {
  /** The last key that is done, as text; null before the first batch. */
  readonly position: string | null;
  readonly rows: number;
}

/**
 * Runs a backfill file to its end and writes its ledger row.
 * @throws LockstepError STATEMENT_FAILED (done batches stay), INTERRUPTED, LEASE_LOST.
 */
export async function applyBackfill(run: Run, migration: Migration): Promise<void> {
  const directive = directiveOf(migration);
  const number = BigInt(migration.number).toString();
  await journalled(
    run,
    `${ledgerRowSql({ migration, release: run.release, state: "running" })} INSERT INTO lockstep.backfill (number, remaining) VALUES (${number}, ${pg.escapeLiteral(directive.remaining)}) ON CONFLICT (number) DO UPDATE SET remaining = excluded.remaining;`,
  );
  await walk(run, migration);
  await journalled(run, ledgerRowSql({ migration, release: run.release, state: "applied" }));
}

/**
 * Walks the table once more from its first key: what was written while old code still ran is the
 * sync trigger's and this pass's (ENGINE.md rules 19 and 20).
 */
export async function catchUp(run: Run, migration: Migration): Promise<void> {
  await journalled(
    run,
    `UPDATE lockstep.backfill SET position = NULL, walked = false WHERE number = ${BigInt(migration.number).toString()};`,
  );
  await walk(run, migration);
}

async function walk(run: Run, migration: Migration): Promise<void> {
  const directive = directiveOf(migration);
  const statement = await cutStatement(migration.statements[0]?.sql ?? "", migration.path);
  for (;;) {
    ensureNotAborted(run.signal);
    const progress = await retryBatch(run, () => batch(run, { migration, directive, statement }));
    if (progress === undefined) return;
    run.report(
      "progress",
      `${migration.number}_${migration.name}: ${progress.rows.toLocaleString("en")} rows, ${directive.key} up to ${progress.position ?? ""}`,
    );
  }
}

interface Batch {
  readonly migration: Migration;
  readonly directive: BackfillDirective;
  readonly statement: BatchStatement;
}

/** One batch in one transaction with its position; undefined when there is no further key. */
async function batch(
  run: Run,
  { migration, directive, statement }: Batch,
): Promise<Progress | undefined> {
  const { client } = run.session;
  const { table, key } = directive;
  await client.query(
    `BEGIN; SET LOCAL lock_timeout = ${String(BATCH_LOCK_TIMEOUT_MS)}; SELECT lockstep.assert_lease(${run.lease.token.toString()});`,
  );
  // Read anew each time: after a cut nobody but the ledger knows whether the last batch was committed.
  const progress = await readProgress(run, migration);
  const first = progress.position === null;
  const upper = await client.query<{ upper: string | null }>(
    `SELECT max(${key})::text AS upper FROM (SELECT ${key} FROM ${table} ${first ? "" : `WHERE ${key} > $1`} ORDER BY ${key} LIMIT ${String(directive.batch)}) AS batch`,
    first ? [] : [progress.position],
  );
  const to = upper.rows[0]?.upper ?? null;
  if (to === null) {
    await client.query(
      `UPDATE lockstep.backfill SET walked = true WHERE number = ${BigInt(migration.number).toString()}`,
    );
    await client.query("COMMIT");
    return undefined;
  }
  const done = await sendBatch(run, migration, {
    sql: batchSql(statement, key, first),
    values: first ? [to] : [to, progress.position],
  });
  const rows = progress.rows + done;
  await client.query("UPDATE lockstep.backfill SET position = $1, rows = $2 WHERE number = $3", [
    to,
    rows,
    migration.number,
  ]);
  await client.query("COMMIT");
  return { position: to, rows };
}

async function sendBatch(
  run: Run,
  migration: Migration,
  query: { readonly sql: string; readonly values: readonly (string | null)[] },
): Promise<number> {
  try {
    return (await run.session.client.query(query.sql, [...query.values])).rowCount ?? 0;
  } catch (error) {
    if (isRetryable(error) || isConnectionLost(error) || run.signal.aborted) throw error;
    await run.session.reset();
    const offset = migration.statements[0]?.offset ?? 0;
    throw statementError(
      error,
      { path: migration.path, sql: migration.sql, prefixLength: 0, offset, sent: query.sql },
      "the batches before it stay applied and are not repeated",
    );
  }
}

function isRetryable(error: unknown): boolean {
  return ["55P03", "40P01", "40001"].includes(codeOf(error) ?? "");
}

async function retryBatch<T>(run: Run, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      ensureNotAborted(run.signal, error);
      if (tries >= MOST_TRIES) throw error;
      if (isConnectionLost(error)) await run.session.recover(run.lease);
      else if (isRetryable(error)) await run.session.reset();
      else throw error;
    }
  }
}

async function readProgress(run: Run, migration: Migration): Promise<Progress> {
  const found = await run.session.client.query<{ position: string | null; rows: string }>(
    "SELECT position, rows FROM lockstep.backfill WHERE number = $1",
    [migration.number],
  );
  const row = found.rows[0];
  return { position: row?.position ?? null, rows: Number(row?.rows ?? 0) };
}

function directiveOf(migration: Migration): BackfillDirective {
  if (migration.backfill) return migration.backfill;
  throw new LockstepError("MIGRATION_FILES", "Not a backfill file", { where: migration.path });
}
