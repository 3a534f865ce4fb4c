// Puts a physical copy in the place of the embedded server's data folder, which is kept beside it.
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { copyTree } from "../backup/clusterFiles.ts";
import { compareContents, describeDifferences } from "../backup/compare.ts";
import { countTables, findTables, READER_SETTINGS } from "../backup/contents.ts";
import { liveProgress } from "../backup/liveProgress.ts";
import type { BackupManifest } from "../backup/manifest.ts";
import { giveTree } from "../backup/scratchServer.ts";
import { ensureSpace, formatBytes } from "../backup/space.ts";
import { withConnection } from "../drivers/postgres/connect.ts";
import { type DatabaseTarget, parseUrl } from "../drivers/postgres/target.ts";
import { clusterPaths, hasCluster } from "../embedded/cluster.ts";
import { embeddedStatus, startEmbedded, stopEmbedded } from "../embedded/server.ts";
import { serverUserFor } from "../embedded/serverUser.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import { withLease } from "../lease/lease.ts";
import { type LedgerState, readLedger } from "../ledger/ledger.ts";
import { recordEvent } from "../ledger/record.ts";
import { hasLedger } from "../ledger/schema.ts";
import { describeAfterwards } from "./afterwards.ts";
import { freeKeptFolder } from "./keptName.ts";
import type { Restored, RestoreRequest } from "./restoreWhole.ts";
import { APPLICATION, describeSessions, findSessions, type Session } from "./server.ts";
import type { RestoreSource } from "./source.ts";

/** Which copy, and the folder of the server that it belongs to. */
export interface ServerRestoreRequest extends Omit<
  RestoreRequest,
  "source" | "target" | "noOwner"
> {
  readonly source: Extract<RestoreSource, { kind: "backup" }>;
  /** Holds `data`, `server.json`, `password`. */
  readonly dir: string;
}

/**
 * Copies the backup beside the data folder, stops the server, exchanges the folders and starts it again. All databases of the server
 * are those of the backup then. Where the restored server does not start or its tables differ, the folder that was there is put
 * back. `kept` is that folder's path.
 * @throws LockstepError BACKUP_FAILED, DATABASE_IN_USE, LEASE_NOT_OBTAINED, INTERRUPTED, CONFIG.
 */
export async function restoreServer(request: ServerRestoreRequest): Promise<Restored> {
  const { source, dir, report, signal } = request;
  if (!(await hasCluster(dir))) throw noServer(dir);
  const before = await lookBefore(request);
  const { dataDir } = clusterPaths(dir);
  const next = `${dataDir}.restoring`;
  try {
    await copyBeside(request, next);
    signal.throwIfAborted();
    report("info", "the server stops for the exchange of its data folder");
    await stopEmbedded(dir, report);
    const kept = freeKeptFolder(dir, new Date());
    let isMoved = false;
    try {
      await rename(dataDir, kept);
      isMoved = true;
      await rename(next, dataDir);
      const facts = await startAndCheck(request, kept);
      const afterwards = describeAfterwards(before, facts.ledger);
      return { database: source.manifest.database, kept, afterwards, refused: [], ...facts };
    } catch (error) {
      if (isMoved) await putBack(request, kept);
      if (before) await openServer(dir, source.manifest.database);
      throw asRestoreError(error, source.dir);
    }
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

/** Who is connected and whether a run is under way, where the server runs. */
async function lookBefore(request: ServerRestoreRequest): Promise<LedgerState | undefined> {
  const { dir, source, report, signal, endSessions } = request;
  const { state } = await embeddedStatus(dir);
  if (state !== "running") return undefined;
  const target = await openServer(dir, source.manifest.database);
  return withConnection(target, APPLICATION, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT datname AS name FROM pg_database",
    );
    const sessions: Session[] = [];
    for (const { name } of rows) sessions.push(...(await findSessions(client, name)));
    if (sessions.length > 0 && !endSessions) {
      throw new LockstepError("DATABASE_IN_USE", "Somebody is connected to the server", {
        where: target.display,
        seen: describeSessions(sessions).join("\n"),
        next: "stop the app, or let lockstep cut these sessions off: add --end-sessions",
      });
    }
    const ledger = await readLedger(client);
    const lease = { doing: "restore", waitMs: 0, report, signal };
    if (ledger.exists) await withLease(target, lease, () => Promise.resolve());
    return ledger;
  });
}

async function copyBeside({ source, dir, report, signal }: ServerRestoreRequest, next: string) {
  const { bytes } = source.manifest;
  await rm(next, { recursive: true, force: true });
  await ensureSpace({ dir, bytes, what: "the backup" });
  await mkdir(next, { mode: 0o700 });
  const live = liveProgress(report);
  await copyTree(source.dataDir, next, {
    signal,
    onBytes: (done) => {
      live(`restore: ${formatBytes(done)} of ${formatBytes(bytes)} copied`, { bytes: done });
    },
  });
  await giveTree(next, await serverUserFor(clusterPaths(dir).dataDir));
}

async function startAndCheck(
  { source, dir, by, report, signal }: ServerRestoreRequest,
  kept: string,
) {
  const { manifest } = source;
  report("progress", "the restored server starts");
  const target = await openServer(dir, manifest.database);
  return withConnection(target, APPLICATION, async (client) => {
    await client.query(READER_SETTINGS);
    const found = await findTables(client);
    const actual = await countTables(client, found, { kind: "physical", signal });
    const rows = ensureAlike(manifest, actual);
    await client.query("RESET search_path");
    const ledger = await readLedger(client);
    if (await hasLedger(client)) {
      const data = { from: source.name, at: manifest.at, kept, by };
      await recordEvent(client, { release: null, kind: "restored", data });
    }
    return { ledger, tables: found.length, rows };
  });
}

/** A copy may hold a few transactions more than its counts, which its proof sets aside (docs/backup.md); tables have to agree. */
function ensureAlike(manifest: BackupManifest, actual: BackupManifest["tables"]): number {
  const comparison = compareContents(manifest.tables, actual);
  const faults = describeDifferences({ ...comparison, rows: [], values: [] });
  if (faults.length === 0) {
    return actual.reduce((sum, { rows }) => sum + (rows ?? 0), 0);
  }
  throw new LockstepError("BACKUP_FAILED", "What was restored is not what was backed up", {
    seen: faults.slice(0, 8).join("\n"),
    next: "lockstep backups   (shows older ones)",
  });
}

/** Starts the server where it does not run. */
async function openServer(dir: string, database: string): Promise<DatabaseTarget> {
  const { url } = await startEmbedded({ dir, database });
  return parseUrl(url, "restore");
}

async function putBack({ dir, report }: ServerRestoreRequest, kept: string): Promise<void> {
  const { dataDir } = clusterPaths(dir);
  report("warn", "the restored server is no good: the folder that was there is put back");
  await stopEmbedded(dir, report).catch(() => false);
  await rm(dataDir, { recursive: true, force: true });
  await rename(kept, dataDir);
}

function asRestoreError(error: unknown, where: string): unknown {
  if (!isLockstepError(error) || error.code === "BACKUP_FAILED") return error;
  return new LockstepError(
    "BACKUP_FAILED",
    "The restored server does not work; the data is as it was",
    {
      where,
      seen: [error.message, error.seen].filter(Boolean).join("\n"),
      likely: "the copy is of another server than this one, or of another major version",
      next: "lockstep backups   (shows others)",
      cause: error,
    },
  );
}

function noServer(dir: string): LockstepError {
  return new LockstepError("CONFIG", "There is no server to restore this copy into", {
    where: dir,
    seen: "no data folder of an embedded server",
    likely: "a physical copy goes in place of the server that it was taken from",
    next: "name the server's folder, which holds `data`: --server DIR",
  });
}

/** The folder of a stack's embedded server, which lies beside that of its backups. */
export function serverFolderBeside(backups: string): string {
  return join(dirname(backups), "postgres");
}
