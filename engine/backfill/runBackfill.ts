// A backfill walks a table by key, one short transaction a batch, and goes on where it stopped.
import pg from "pg";
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import type { Ask } from "../locks/search.ts";
import { fileId } from "../plan/approval.ts";
import { verifyApplied } from "../run/applyStatements.ts";
import { journalled } from "../run/journal.ts";
import { isRetryable, retryLocks } from "../run/retryLocks.ts";
import { beginSql, ledgerRowSql } from "../run/sessionSql.ts";
import { statementError } from "../run/statementError.ts";
import { survivingCuts } from "../run/survivingCuts.ts";
import { ensureNotAborted, type Run } from "../run/workSession.ts";
import type { BackfillDirective, Migration } from "../sources/migration.ts";
import { batchSql, cutStatement, parameters, row, type BatchStatement } from "./batchSql.ts";

/** How far a backfill is. */
interface Progress {
  /** The last key that is done, each column as text; undefined before the first batch. */
  readonly position: readonly string[] | undefined;
  readonly rows: number;
}

/** A backfill file, read. */
interface Backfill {
  readonly migration: Migration;
  readonly directive: BackfillDirective;
  readonly statement: BatchStatement;
  /** The number as the ledger has it. */
  readonly number: string;
}

/**
 * Runs a backfill file to its end, verifies it and writes its ledger row.
 * @throws LockstepError STATEMENT_FAILED or LOCK_TIMEOUT (done batches stay), VERIFICATION_FAILED,
 * CONNECTION, INTERRUPTED, LEASE_LOST; MIGRATION_FILES for a statement that cannot be cut.
 */
export async function applyBackfill(run: Run, migration: Migration): Promise<void> {
  const backfill = await readBackfill(migration);
  const { number, directive } = backfill;
  const row = { migration, release: run.release };
  await survivingCuts(run, fileId(migration), () =>
    journalled(
      run,
      `${ledgerRowSql({ ...row, state: "running" })} INSERT INTO lockstep.backfill (number, remaining) VALUES (${number}, ${pg.escapeLiteral(directive.remaining)}) ON CONFLICT (number) DO UPDATE SET remaining = excluded.remaining;`,
    ),
  );
  await walk(run, backfill);
  await survivingCuts(run, fileId(migration), async () => {
    await verifyApplied(run, migration);
    await journalled(run, ledgerRowSql({ ...row, state: "applied" }));
  });
}

/**
 * Walks the table once more from its first key: what was written while old code still ran is the
 * sync trigger's and this pass's (ENGINE.md rules 19 and 20).
 * @throws LockstepError as `applyBackfill` does.
 */
export async function catchUp(run: Run, migration: Migration): Promise<void> {
  const backfill = await readBackfill(migration);
  const again = `UPDATE lockstep.backfill SET position = NULL, walked = false WHERE number = ${backfill.number};`;
  await survivingCuts(run, fileId(migration), () => journalled(run, again));
  await walk(run, backfill);
}

async function readBackfill(migration: Migration): Promise<Backfill> {
  const { backfill: directive, path, statements } = migration;
  if (!directive)
    throw new LockstepError("MIGRATION_FILES", "Not a backfill file", { where: path });
  const statement = await cutStatement(statements[0]?.sql ?? "", directive, path);
  return { migration, directive, statement, number: migration.order.toString() };
}

async function walk(run: Run, backfill: Backfill): Promise<void> {
  const { migration, directive } = backfill;
  const state = { walked: false };
  while (!state.walked) {
    ensureNotAborted(run.signal);
    await survivingCuts(run, fileId(migration), () =>
      retryLocks(run, { migration, statements: migration.statements }, async (ask) => {
        const progress = await tryBatch(run, backfill, ask);
        state.walked = progress === undefined;
        if (progress === undefined) return;
        const { rows, position = [] } = progress;
        run.report(
          "progress",
          `${fileId(migration)}: ${rows.toLocaleString("en")} rows, ${directive.key} up to ${position.join(", ")}`,
        );
      }),
    );
  }
  await run.session.reset();
}

/** One batch in one transaction with its position; undefined when there is no further key. */
async function tryBatch(run: Run, backfill: Backfill, ask: Ask): Promise<Progress | undefined> {
  try {
    await run.session.send(beginSql(run.lease.token, ask));
    // Read anew each time: after a cut nobody but the ledger knows whether the last batch was committed.
    const before = await readProgress(run, backfill);
    const to = await lastKeyOfBatch(run, backfill, before.position);
    if (to === undefined) {
      await run.session.send(
        `UPDATE lockstep.backfill SET walked = true WHERE number = ${backfill.number}; COMMIT;`,
      );
      return undefined;
    }
    const rows = before.rows + (await sendBatch(run, backfill, { from: before.position, to }));
    await run.session.query(
      "UPDATE lockstep.backfill SET position = $1, rows = $2 WHERE number = $3",
      [JSON.stringify(to), rows, backfill.number],
    );
    await run.session.send("COMMIT");
    return { position: to, rows };
  } catch (error) {
    ensureNotAborted(run.signal, error);
    if (isRetryable(error) || isConnectionLost(error) || isLockstepError(error)) throw error;
    await run.session.reset();
    const { path, sql } = backfill.migration;
    throw statementError(error, { path, sql, sent: "", toFile: () => -1 }, STATE);
  }
}

const STATE = "the batches before it stay applied and are not repeated";

/** The key that ends the next batch, by the key's own index; undefined where no row is left. */
async function lastKeyOfBatch(
  run: Run,
  { directive, statement }: Backfill,
  position: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  const columns = statement.key.map((column) => column.replace(/^"(?:[^"]|"")+"\./, ""));
  const above = position ? `WHERE ${row(columns)} > ${row(parameters(columns, 1))}` : "";
  const ordered = columns.join(", ");
  const reversed = columns.map((column) => `${column} DESC`).join(", ");
  const found = await run.session.query<{ key: string[] }>(
    `SELECT ARRAY[${columns.map((column) => `${column}::text`).join(", ")}] AS key FROM (SELECT ${ordered} FROM ${directive.table} ${above} ORDER BY ${ordered} LIMIT ${String(directive.batch)}) AS batch ORDER BY ${reversed} LIMIT 1`,
    position ?? [],
  );
  return found.rows[0]?.key;
}

async function sendBatch(
  run: Run,
  { migration, statement }: Backfill,
  range: { readonly from: readonly string[] | undefined; readonly to: readonly string[] },
): Promise<number> {
  const query = batchSql(statement, range.from === undefined);
  try {
    return (await run.session.query(query.sql, [...range.to, ...(range.from ?? [])])).rowCount ?? 0;
  } catch (error) {
    ensureNotAborted(run.signal, error);
    if (isRetryable(error) || isConnectionLost(error) || isLockstepError(error)) throw error;
    await run.session.reset();
    const statementAt = migration.statements[0]?.offset ?? 0;
    const inStatement = (offset: number) =>
      offset < query.conditionAt ? offset : offset - query.conditionAt + statement.conditionAt;
    throw statementError(
      error,
      {
        path: migration.path,
        sql: migration.sql,
        sent: query.sql,
        toFile: (offset) => inStatement(offset) + statementAt,
        statementAt,
      },
      STATE,
    );
  }
}

async function readProgress(run: Run, { number }: Backfill): Promise<Progress> {
  const found = await run.session.client.query<{ position: string | null; rows: string }>(
    "SELECT position, rows FROM lockstep.backfill WHERE number = $1",
    [number],
  );
  const row = found.rows[0];
  const text = row?.position ?? undefined;
  const position = text === undefined ? undefined : (JSON.parse(text) as string[]);
  return { position, rows: Number(row?.rows ?? 0) };
}
