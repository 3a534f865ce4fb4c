// The second way: a copy of the running server's data folder, with the WAL that makes it consistent.
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";
import { close, connect } from "../drivers/postgres/connect.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { backupMode } from "./backupMode.ts";
import { copyTree, ensureRuntimeFolders, fileCopier, isCopied } from "./clusterFiles.ts";
import { READER_SETTINGS } from "./contents.ts";
import type { BackupJob, TakenBackup } from "./job.ts";
import { liveProgress } from "./liveProgress.ts";
import { countAtRestorePoint, type Counted } from "./restorePoint.ts";
import { formatBytes } from "./space.ts";

/**
 * Copies the whole server (all its databases and roles) and counts the rows of the target's
 * database. Needs a superuser. Throws BACKUP_FAILED, pg's errors, the signal's reason on abort; the
 * server leaves backup mode by itself when the session ends.
 */
export async function takePhysical(job: BackupJob, serverDir: string): Promise<TakenBackup> {
  const { client, dataDir, signal } = job;
  const live = liveProgress(job.report);
  await reserveWal(client);
  const { start, stop } = backupMode(job.server.major);
  await client.query(start, ["lockstep"]);
  await copyTree(serverDir, dataDir, {
    isWanted: isCopied,
    signal,
    onBytes: (bytes) => {
      live(`backup: ${formatBytes(bytes)} copied`, { bytes });
    },
  });
  await ensureRuntimeFolders(dataDir);
  const { rows } = await client.query<{ label: string }>(stop);
  const label = rows[0]?.label ?? "";
  await writeFile(join(dataDir, "backup_label"), label, { mode: 0o600 });

  const counter = await connect(job.target, { applicationName: "lockstep:backup" });
  let counted: Counted;
  try {
    await counter.query(READER_SETTINGS);
    counted = await countAtRestorePoint(counter, {
      signal,
      observer: client,
      checks: job.checks,
      onTable: (done, total) => {
        live(`backup: ${String(done)} of ${String(total)} tables counted`, { done, total });
      },
    });
  } finally {
    await close(counter);
  }
  await copyWal({ serverDir, dataDir, label, last: counted.walFile });
  const { at, lsn, point, tables } = counted;
  return {
    kind: "physical",
    madeBy: { program: "physical copy", version: job.server.version },
    at,
    lsn,
    point,
    tables,
  };
}

/** Keeps the server from recycling WAL that the copy needs, for as long as this session lives. */
async function reserveWal(client: ClientBase): Promise<void> {
  try {
    await client.query(
      `SELECT pg_create_physical_replication_slot(
         'lockstep_backup_' || pg_backend_pid(), immediately_reserve => true, temporary => true)`,
    );
  } catch (error) {
    throw new LockstepError("BACKUP_FAILED", "The server cannot hold back the log a copy needs", {
      seen: error instanceof Error ? error.message : String(error),
      likely: "wal_level is minimal, or all of max_replication_slots are in use",
      next: "set wal_level = replica and max_replication_slots = 10, restart the server, run the same command again",
      cause: error,
    });
  }
}

interface WalRange {
  readonly serverDir: string;
  readonly dataDir: string;
  /** The text of backup_label, which names the first segment. */
  readonly label: string;
  /** The last segment's name. */
  readonly last: string;
}

/** Copies the segments from the backup's start to its restore point, and timeline histories. */
async function copyWal({ serverDir, dataDir, label, last }: WalRange): Promise<void> {
  const first = firstWalFile(label);
  const from = join(serverDir, "pg_wal");
  const names = await readdir(from);
  const wanted = names.filter((name) => isWalBetween(name, first, last));
  if (!wanted.includes(first) || !wanted.includes(last)) {
    throw new LockstepError("BACKUP_FAILED", "The server's log lacks what the copy needs", {
      where: from,
      seen: `wanted ${first} to ${last}`,
      likely: "the server's timeline changed while the backup was taken",
      next: "run the same command again",
    });
  }
  const copy = fileCopier();
  for (const name of wanted) await copy(join(from, name), join(dataDir, "pg_wal", name));
}

/** The segment that a backup_label's first line names: `START WAL LOCATION: 0/9000028 (file 0000...)`. */
export function firstWalFile(label: string): string {
  return /^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)$/m.exec(label)?.[1] ?? "";
}

/** Segments of one timeline sort by name; a timeline's history is small and always taken. */
export function isWalBetween(name: string, first: string, last: string): boolean {
  if (/^[0-9A-F]{8}\.history$/.test(name)) return true;
  return /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last;
}
