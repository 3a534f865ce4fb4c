// Row counts that a recovered copy can be held against: read on a snapshot that was taken together with a named place in the WAL.
import { setTimeout as delay } from "node:timers/promises";
import type { ClientBase } from "pg";
import { countTables, findTables } from "./contents.ts";
import type { BackupTable, CountPoint } from "./manifest.ts";
import { isCheckedBy, type ValueChecks } from "./valueChecks.ts";

/** Tries to find a moment without a writing transaction, and the pause between two of them, ms. */
const TRIES = 100;
const PAUSE_MS = 5;

const NOTE =
  "counted on the snapshot taken together with the restore point; a copy recovered to that point must show the same rows, but for transactions that committed between the two, which a proof finds by their numbers";

/** Counts at a restore point. */
export interface Counted {
  readonly at: Date;
  readonly lsn: string;
  readonly point: Extract<CountPoint, { kind: "restorePoint" }>;
  /** The WAL segment that the restore point is in. */
  readonly walFile: string;
  readonly tables: BackupTable[];
}

/** Whom `countAtRestorePoint` tells and asks. */
export interface RestorePointOptions {
  readonly signal?: AbortSignal | undefined;
  /** Another session of a superuser on the same server, outside of a transaction. */
  readonly observer: ClientBase;
  /** Whose values are read too. */
  readonly checks?: ValueChecks | undefined;
  readonly onTable: (done: number, total: number) => void;
}

/**
 * Makes a restore point and counts all rows as of it. A snapshot and a place in the WAL agree but for
 * transactions that were committing just then; so a moment is sought when none is writing. Under
 * steady load there may be none: the recovered copy then tells which they were.
 * Throws pg's errors, and the signal's reason on abort.
 */
export async function countAtRestorePoint(
  client: ClientBase,
  options: RestorePointOptions,
): Promise<Counted> {
  const found = await findQuietMoment(client, options);
  await flushWal(options.observer, found.lsn);
  const tables = await countTables(client, await findTables(client), {
    kind: "physical",
    checked: isCheckedBy(options.checks),
    signal: options.signal,
    onTable: options.onTable,
  });
  await client.query("COMMIT");
  const { at, lsn, walFile, name, snapshot } = found;
  return { at, lsn, walFile, point: { kind: "restorePoint", note: NOTE, name, snapshot }, tables };
}

/** Leaves the transaction open, so that its snapshot is the one to count on. */
async function findQuietMoment(client: ClientBase, options: RestorePointOptions) {
  for (let i = 1; ; i += 1) {
    options.signal?.throwIfAborted();
    const at = new Date();
    const name = `lockstep_${String(at.getTime())}_${String(i)}`;
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    const { rows } = await client.query<{
      snapshot: string;
      quiet: boolean;
      lsn: string;
      walFile: string;
    }>(
      `SELECT pg_current_snapshot()::text AS snapshot, lsn::text,
              pg_walfile_name(lsn) AS "walFile",
              pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot()) AS quiet
       FROM pg_create_restore_point($1) AS lsn`,
      [name],
    );
    const [row] = rows;
    if (row === undefined) throw new Error("the server answered a one-row query with none");
    const isExact = row.quiet && (await hadNoWriter(options.observer, row.snapshot));
    if (isExact || i === TRIES) return { ...row, at, name };
    await client.query("ROLLBACK");
    await delay(PAUSE_MS);
  }
}

/**
 * Whether nobody can have committed between the snapshot and now. In this order: a writer that has not
 * ended when the locks are read shows there (each holds a lock on its own number), and one that has
 * ended by then has moved xmax, which is one past the last to end.
 */
async function hadNoWriter(observer: ClientBase, snapshot: string): Promise<boolean> {
  const writers = await observer.query(
    "SELECT FROM pg_locks WHERE locktype = 'transactionid' LIMIT 1",
  );
  if (writers.rowCount !== 0) return false;
  const { rows } = await observer.query<{ same: boolean }>(
    `SELECT pg_snapshot_xmax(pg_current_snapshot()) = pg_snapshot_xmax($1::pg_snapshot) AS same`,
    [snapshot],
  );
  return rows[0]?.same === true;
}

/** Has the server write its WAL to disk up to `lsn`: a commit that logged something waits for it. */
async function flushWal(observer: ClientBase, lsn: string): Promise<void> {
  await observer.query("SET synchronous_commit = local");
  for (;;) {
    await observer.query("SELECT pg_logical_emit_message(true, 'lockstep', 'flush')");
    const { rows } = await observer.query<{ done: boolean }>(
      "SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn AS done",
      [lsn],
    );
    if (rows[0]?.done === true) return;
  }
}

/**
 * SQL, to be run on the recovered copy: the transactions that it holds and `snapshot` ($1) did not
 * see. Their numbers are compared in the 32 bits that a row's xmin has.
 */
export const TRANSACTIONS_BETWEEN = `
  SELECT (x % 4294967296)::text AS xid
  FROM (SELECT xip::text::numeric AS x FROM pg_snapshot_xip($1::pg_snapshot) AS xip
        UNION
        SELECT generate_series(pg_snapshot_xmax($1::pg_snapshot)::text::numeric,
                               pg_snapshot_xmax(pg_current_snapshot())::text::numeric - 1)) AS numbers
  WHERE pg_xact_status(x::text::xid8) = 'committed'`;
