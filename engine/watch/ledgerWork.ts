// What the ledger says is under way: the lease, the active release, files that are begun, backfills.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import { rowId } from "../ledger/ledger.ts";
import { ensureKnownVersion, hasLedger } from "../ledger/schema.ts";

/** The ledger's rows of what is under way. */
export interface LedgerRows {
  readonly state: "read" | "none" | "unreadable";
  readonly lease: LeaseRows | null;
  readonly release: string | null;
  readonly files: readonly FileRow[];
}

interface LeaseRows {
  readonly token: string;
  readonly holder: string;
  readonly doing: string;
  readonly since: Date;
  /** Counts up while its holder lives. */
  readonly beat: string;
}

/** A file that is under way. */
export interface FileRow {
  readonly file: string;
  readonly statementsDone: number;
  /** Null for a file that is no backfill. */
  readonly backfill: { readonly rows: number; readonly position: readonly string[] | null } | null;
}

interface RawFile {
  readonly label: string;
  readonly name: string;
  readonly done: number;
  /** Null for no backfill. */
  readonly rows: number | null;
  readonly position: string | null;
}

/** A file that is not ended, or whose backfill walks once more (after Drain). */
const FILES = `
SELECT m.label, m.name, b.rows::float8 AS rows, b.position,
  (SELECT count(*) FROM lockstep.statement s WHERE s.number = m.number AND s.state = 'done')::int AS done
FROM lockstep.migration m LEFT JOIN lockstep.backfill b ON b.number = m.number
WHERE m.state = 'running' OR NOT b.walked
ORDER BY m.number`;

/**
 * Reads it; works without a ledger, and beside one that this role may not read.
 * @throws LockstepError CONFIG for a ledger of a newer format.
 */
export async function readLedgerWork(queries: Queryable): Promise<LedgerRows> {
  const state = await readability(queries);
  if (state !== "read") return { state, lease: null, release: null, files: [] };
  await ensureKnownVersion(queries);
  const lease = await queries.query<LeaseRows>(
    "SELECT token, holder, doing, since, beat FROM lockstep.lease WHERE name = 'runner' AND held",
  );
  const release = await queries.query<{ label: string }>(
    "SELECT label FROM lockstep.release WHERE state = 'active'",
  );
  const files = await queries.query<RawFile>(FILES);
  return {
    state,
    lease: lease.rows[0] ?? null,
    release: release.rows[0]?.label ?? null,
    files: files.rows.map(fileRow),
  };
}

async function readability(queries: Queryable): Promise<LedgerRows["state"]> {
  try {
    return (await hasLedger(queries)) ? "read" : "none";
  } catch (error) {
    if (isLockstepError(error) && error.code === "PRIVILEGE") return "unreadable";
    throw error;
  }
}

function fileRow(raw: RawFile): FileRow {
  const { rows, position } = raw;
  const backfill =
    rows === null
      ? null
      : { rows, position: position === null ? null : (JSON.parse(position) as string[]) };
  return { file: rowId(raw), statementsDone: raw.done, backfill };
}
