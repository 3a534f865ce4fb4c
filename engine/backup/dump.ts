// The first way: pg_dump into a folder, in parallel, on the very snapshot that the rows are counted on.
import { availableParallelism } from "node:os";
import { execa } from "execa";
import { escapeIdentifier } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { bytesBelow } from "./checksums.ts";
import { clientEnvironment } from "./clientEnvironment.ts";
import type { PostgresProgram } from "./clients.ts";
import { countTables, findTables, type FoundTable, LEASE_PATTERN, tableName } from "./contents.ts";
import { cancelOnAbort } from "./interrupted.ts";
import type { BackupJob, TakenBackup } from "./job.ts";
import { remainingText } from "./remainingTime.ts";
import { formatBytes } from "./space.ts";
import { isCheckedBy } from "./valueChecks.ts";

/** Each job is one more connection, and one more reader on the server's disk. */
const MAX_JOBS = 4;
/** How long pg_dump waits for a table that a change holds, ms. */
const LOCK_WAIT_MS = 30_000;
/** pg_dump knows zstd from this major version on, where it was built with it. */
const FIRST_MAJOR_WITH_ZSTD = 16;
/** Servers have a role that may read all from this major version on. */
const FIRST_MAJOR_WITH_READ_ALL_DATA = 14;
const PROGRESS_MS = 500;

/**
 * Dumps the database with `program` and counts all rows meanwhile; both see one exported snapshot.
 * Throws BACKUP_FAILED with what pg_dump said, INTERRUPTED on abort, pg's errors from our session.
 */
export async function takeDump(job: BackupJob, program: PostgresProgram): Promise<TakenBackup> {
  const { client, dataDir, report, signal } = job;
  const ended = new AbortController();
  const unwatch = await cancelOnAbort(client, job.target, ended.signal);
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const { rows } = await client.query<{ snapshot: string; lsn: string }>(
    `SELECT pg_export_snapshot() AS snapshot,
            (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                  ELSE pg_current_wal_lsn() END)::text AS lsn`,
  );
  const at = new Date();
  const { snapshot = "", lsn = "" } = rows[0] ?? {};

  const found = await findTables(client);
  const left = leftOut(found, job.only);
  const both = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  let counted = "";
  const startedMs = performance.now();
  const say = async () => {
    const done = await bytesBelow(dataDir);
    const written = formatBytes(done);
    const left = remainingText({ done, total: job.expectedBytes, startedMs });
    report("progress", `backup: ${written} written${counted}${left}`, { written });
  };
  const ticker = setInterval(() => void say().catch(() => undefined), PROGRESS_MS);
  const isWanted = (table: FoundTable) => !left.includes(table);
  const counting = countTables(
    client,
    found.map((table) => (isWanted(table) ? table : { ...table, hasRows: false })),
    {
      kind: "dump",
      checked: isCheckedBy(job.checks),
      signal: both,
      onTable: (done, total) => (counted = `, ${String(done)} of ${String(total)} tables counted`),
    },
  );
  const dumping = runDump(job, program, { snapshot, abort: both, left });
  try {
    const [tables] = await Promise.all([counting, dumping]);
    await client.query("COMMIT");
    const note = "pg_dump read the tables on the same exported snapshot as they were counted on";
    const madeBy = { program: "pg_dump", version: program.version };
    return { kind: "dump", madeBy, at, lsn, point: { kind: "snapshot", note }, tables };
  } catch (error) {
    // Whichever fails first ends the other, and both are waited for: their folder is deleted next.
    ended.abort();
    await Promise.allSettled([counting, dumping]);
    throw error;
  } finally {
    clearInterval(ticker);
    unwatch();
  }
}

interface DumpRun {
  readonly snapshot: string;
  readonly abort: AbortSignal;
  /** Tables whose rows are not wanted. */
  readonly left: readonly FoundTable[];
}

/**
 * The tables beside those that are wanted: the schema comes whole, so that a restore has the types and tables that a wanted one
 * names.
 */
function leftOut(
  found: readonly FoundTable[],
  only: readonly string[] | undefined,
): readonly FoundTable[] {
  if (only === undefined) return [];
  const unknown = only.filter((name) => !found.some((table) => tableName(table) === name));
  if (unknown.length === 0) return found.filter((table) => !only.includes(tableName(table)));
  throw new LockstepError("USAGE", `There is no table ${unknown.join(", ")}`, {
    seen: `tables: ${found.map(tableName).slice(0, 20).join(", ")}`,
    likely: "names are SCHEMA.TABLE, as they are in the database, without quotes",
    next: "check the names",
  });
}

async function runDump(job: BackupJob, program: PostgresProgram, run: DumpRun): Promise<void> {
  const without = run.left.map((table) => `--exclude-table-data=${pattern(table)}`);
  const attempt = async (compress: string) =>
    execa(program.path, [...dumpArguments(job.dataDir, run.snapshot, compress), ...without], {
      env: clientEnvironment(job.target),
      extendEnv: false,
      stdin: "ignore",
      reject: false,
      cancelSignal: run.abort,
      forceKillAfterDelay: 5_000,
    });
  const isNew = program.major >= FIRST_MAJOR_WITH_ZSTD;
  let result = await attempt(isNew ? "zstd" : "6");
  // Whether a pg_dump was built with zstd can only be found out by asking it to; it says no at once.
  if (isNew && result.failed && /does not support compression/i.test(result.stderr)) {
    result = await attempt("gzip:6");
  }
  if (!result.failed) return;
  if (run.abort.aborted) throw run.abort.reason;
  throw dumpFailed(job, program, result.stderr || (result.originalMessage ?? ""));
}

/** A pattern of pg_dump's that only this table fits: in quotes nothing has a meaning of its own. */
function pattern({ schema, table }: FoundTable): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

/** pg_dump's arguments: nothing secret, and nothing that names the server. */
export function dumpArguments(dataDir: string, snapshot: string, compress: string): string[] {
  return [
    "--format=directory",
    `--file=${dataDir}`,
    `--jobs=${String(Math.min(MAX_JOBS, availableParallelism()))}`,
    `--snapshot=${snapshot}`,
    `--compress=${compress}`,
    `--exclude-table-data=${LEASE_PATTERN}`,
    `--lock-wait-timeout=${String(LOCK_WAIT_MS)}`,
    // Each file is flushed when its checksum is taken.
    "--no-sync",
    "--no-password",
  ];
}

function dumpFailed(job: BackupJob, program: PostgresProgram, stderr: string): LockstepError {
  return new LockstepError("BACKUP_FAILED", "pg_dump failed: there is no backup", {
    where: `${job.target.display}, ${program.path} ${program.version}`,
    seen: stderr.trim().split("\n").slice(-8).join("\n"),
    likely: likelyCause(stderr, job.server.major),
    next: "see to what pg_dump says, then run the same command again: nothing half done was left",
  });
}

function likelyCause(stderr: string, major: number): string {
  if (/no space left/i.test(stderr)) return "the disk filled up while the backup was written";
  if (/permission denied for/i.test(stderr)) {
    return major >= FIRST_MAJOR_WITH_READ_ALL_DATA
      ? "the role may not read everything: GRANT pg_read_all_data TO it"
      : "the role may not read everything: GRANT SELECT ON ALL TABLES and ON ALL SEQUENCES of each schema TO it";
  }
  if (/canceling statement due to lock timeout/i.test(stderr)) {
    return "a change holds a table that must be read";
  }
  return "the server or the disk failed pg_dump";
}
