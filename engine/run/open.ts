// What an ended run has left open: files that were begun, and a first set-up that is not through.
import type { Client } from "pg";
import { type AppliedMigration, readLedger, rowId } from "../ledger/ledger.ts";

/** A file that was begun outside of one transaction and not ended. */
export interface OpenFile {
  readonly number: bigint;
  /** `03_add_index` */
  readonly file: string;
  /** Statements whose end the journal has. */
  readonly done: number;
  /** The position of the statement that was begun; null where none is. */
  readonly startedAt: number | null;
  /** Rows that a backfill has walked; null for other files. */
  readonly backfilledRows: number | null;
}

/** All that is open. */
export interface OpenWork {
  readonly files: readonly OpenFile[];
  /** The last file of a first set-up that is not through, as written. */
  readonly initialThrough: string | undefined;
  /** The label of the release that is under way. */
  readonly activeRelease: string | undefined;
}

/** Reads it; changes nothing and works without a ledger. */
export async function readOpen(client: Client): Promise<OpenWork> {
  const ledger = await readLedger(client);
  const running = ledger.applied.filter((row) => row.state === "running");
  const files: OpenFile[] = [];
  // One after the other: a client runs one query at a time.
  for (const row of running) files.push(await openFile(client, row));
  return {
    files,
    initialThrough: ledger.initial?.through,
    activeRelease: ledger.releases.find((row) => row.state === "active")?.label,
  };
}

async function openFile(client: Client, row: AppliedMigration): Promise<OpenFile> {
  const found = await client.query<{ done: number; started: number | null; rows: string | null }>(
    `SELECT count(*) FILTER (WHERE s.state = 'done')::int AS done,
       min(s.position) FILTER (WHERE s.state = 'started') AS started,
       (SELECT b.rows FROM lockstep.backfill b WHERE b.number = $1) AS rows
     FROM lockstep.statement s WHERE s.number = $1`,
    [row.number.toString()],
  );
  const { done = 0, started = null, rows = null } = found.rows[0] ?? {};
  return {
    number: row.number,
    file: rowId(row),
    done,
    startedAt: started,
    backfilledRows: rows === null ? null : Number(rows),
  };
}
