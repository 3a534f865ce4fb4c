// Taking a backup: space first, then the way that fits the server, then its manifest and its proof.
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import { ensureNotPooled } from "../drivers/postgres/pooler.ts";
import { parseUrl } from "../drivers/postgres/target.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { ensurePrivateDir } from "../process/privateFile.ts";
import type { BackupKey } from "./backupKey.ts";
import { listFiles } from "./checksums.ts";
import { chooseClient, findPrograms, noWayError } from "./clients.ts";
import { findSurroundings, READER_SETTINGS } from "./contents.ts";
import { takeDump } from "./dump.ts";
import { cancelOnAbort, orInterrupted } from "./interrupted.ts";
import { type BackupJob, readServerFacts, type TakenBackup } from "./job.ts";
import { applyRetention, type Keep, listBackups, type ListedBackup } from "./list.ts";
import { liveProgress } from "./liveProgress.ts";
import { type BackupManifest, DATA_FOLDER, notProven, writeManifest } from "./manifest.ts";
import { backupId, unfinishedName } from "./names.ts";
import { takePhysical } from "./physical.ts";
import { encryptTree } from "./plainData.ts";
import { PROOF_URL_VARIABLE, type ProofWish } from "./proofWish.ts";
import { proveBackup } from "./prove.ts";
import { ensureOther } from "./restoredInto.ts";
import { findServerFiles } from "./serverFiles.ts";
import { readServerIdentity, type ServerIdentity } from "./serverIdentity.ts";
import { ensureSpace, formatBytes, type FreeBytes } from "./space.ts";
import type { ValueChecks } from "./valueChecks.ts";

/** How many backups a folder keeps unless told otherwise. */
export const DEFAULT_KEEP: Keep = { count: 5 };

/** What to back up, and where to. */
export interface BackupRequest {
  /** Of the database; secret. A direct one: a snapshot does not pass through a pooler. */
  readonly url: string;
  /** Folder of backups, made 0700 if it is missing. */
  readonly destination: string;
  readonly release: { readonly digest: string; readonly label: string };
  /** The stage that it comes before; `hand`: a person wants it. */
  readonly before: "expand" | "contract" | "hand";
  /** What it is called. Such a one is never deleted by lockstep. @default by its time */
  readonly name?: string | undefined;
  /** Only the rows of these tables, `schema.table`, with the whole schema; needs pg_dump. @default all */
  readonly tables?: readonly string[] | undefined;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** Backups to keep, this one included. @default the last 5 */
  readonly keep?: Keep | undefined;
  /** Of which tables the values are compared too, beside their number of rows. @default those up to 1 GiB */
  readonly checks?: ValueChecks | undefined;
  /** How it is to be proven. @default all of it, on a scratch server */
  readonly proof?: ProofWish | undefined;
  /** Encrypts the files. @default they are not */
  readonly key?: BackupKey | undefined;
  /** Stands in for the file system's answer. */
  readonly freeBytes?: FreeBytes;
  /** Where to look for PostgreSQL's programs, and for the bucket's store. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** `physical` leaves pg_dump aside. @default "auto" */
  readonly way?: "auto" | "dump" | "physical";
}

/**
 * Takes a backup, proves it and returns its manifest; the folder is `<destination>/<manifest.id>`.
 * One that was proven bad is kept for inspection and throws BACKUP_FAILED; one that could not be
 * tried is returned with a warning, its `proof.kind` is `none`.
 * Throws BACKUP_FAILED (no way, no space, pg_dump's error), CONNECTION, INTERRUPTED; nothing half
 * written is left then.
 */
export async function takeBackup(request: BackupRequest): Promise<BackupManifest> {
  const { destination, report, signal } = request;
  const { dir, manifest } = await writeBackup(request);
  const size = `${formatBytes(manifest.bytes)}, ${String(manifest.tables.length)} tables`;
  report("info", `backup written to ${dir} (${size}); now it is tried`);
  const free = request.freeBytes ? { freeBytes: request.freeBytes } : {};
  const { key, proof: wish } = request;
  const proven = await proveBackup(dir, { report, signal, key, wish, ...free });
  if (proven.proof.result === "failed") throw provenBad(dir, proven);
  if (proven.proof.result === "passed") report("info", `backup proven: ${proven.proof.why}`);
  else report("warn", `backup ${proven.id} is not proven: ${proven.proof.why}`);
  // Where none is proven, an old one may be the only good one there is.
  if (proven.proof.result !== "passed") return proven;
  const gone = await applyRetention(destination, request.keep ?? DEFAULT_KEEP);
  if (gone.length > 0) report("info", `deleted old backups: ${gone.join(", ")}`);
  return proven;
}

interface WrittenBackup {
  readonly dir: string;
  readonly manifest: BackupManifest;
}

async function writeBackup(request: BackupRequest): Promise<WrittenBackup> {
  const { destination, signal } = request;
  const target = parseUrl(request.url, "backup");
  const id = request.name ?? backupId(new Date());
  const unfinished = join(destination, unfinishedName(id, randomBytes(4).toString("hex")));
  try {
    signal?.throwIfAborted();
    await ensurePrivateDir(destination);
    await ensureNameIsFree(request);
    await mkdir(join(unfinished, DATA_FOLDER), { recursive: true, mode: 0o700 });
    const options = { applicationName: "lockstep:backup" };
    const manifest = await withConnection(target, options, async (client) => {
      await ensureNotPooled(client, target, "A backup");
      const unwatch = await cancelOnAbort(client, target, signal);
      try {
        await client.query(READER_SETTINGS);
        const server = await readServerFacts(client);
        await ensureProofElsewhere(request.proof, server.identity);
        const dataDir = join(unfinished, DATA_FOLDER);
        const expectedBytes = await expectSize(request, server.databaseBytes);
        const { report, checks, tables: only } = request;
        const job = {
          target,
          client,
          server,
          dataDir,
          report,
          signal,
          only,
          checks,
          expectedBytes,
        };
        return await fill(request, job, unfinished);
      } finally {
        unwatch();
      }
    });
    return await settle(destination, unfinished, { ...manifest, id });
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw orInterrupted(asBackupError(error, target.display), signal);
  }
}

/** Fills the unfinished backup's data folder, and says what is in it. */
async function fill(
  request: BackupRequest,
  job: BackupJob,
  unfinished: string,
): Promise<Omit<BackupManifest, "id">> {
  const startedMs = performance.now();
  const { server } = job;
  const surroundings = await findSurroundings(job.client);
  const taken = await takeByBestWay(request, job);
  if (request.key) {
    job.report("progress", "backup: encrypting");
    await encryptTree(job.dataDir, request.key, job.signal);
  }
  await makePrivate(unfinished);
  const live = liveProgress(job.report);
  const files = await listFiles(job.dataDir, {
    signal: job.signal,
    onBytes: (bytes) => {
      live(`backup: checksums of ${formatBytes(bytes)} taken`, { bytes });
    },
  });
  const { digest, label } = request.release;
  return {
    format: 1,
    at: taken.at.toISOString(),
    kind: taken.kind,
    madeBy: taken.madeBy,
    database: server.database,
    role: server.role,
    databaseBytes: server.databaseBytes,
    encoding: server.encoding,
    server: { version: server.version, major: server.major, identity: server.identity },
    lsn: taken.lsn,
    release: { digest, label },
    before: request.before,
    ...(request.tables && { only: [...request.tables] }),
    point: taken.point,
    tables: taken.tables,
    ...surroundings,
    ...(request.key && { encryption: { method: "aes-256-gcm-stream", key: request.key.id } }),
    files,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    durationMs: Math.round(performance.now() - startedMs),
    proof: notProven("not tried yet"),
  };
}

/** Told before hours are spent on a backup. Throws CONFIG. */
async function ensureProofElsewhere(
  { url, onTarget }: ProofWish = {},
  own: ServerIdentity,
): Promise<void> {
  if (url === undefined || onTarget === true) return;
  const place = parseUrl(url, PROOF_URL_VARIABLE);
  const options = { applicationName: "lockstep:proof" };
  ensureOther(own, await withConnection(place, options, readServerIdentity), place.display);
}

async function takeByBestWay(request: BackupRequest, job: BackupJob): Promise<TakenBackup> {
  const { server, report } = job;
  const way = request.tables ? "dump" : (request.way ?? "auto");
  const space = {
    dir: request.destination,
    ...(request.freeBytes ? { freeBytes: request.freeBytes } : {}),
  };
  const clients = way === "physical" ? [] : await findPrograms("pg_dump", request.env);
  const client = chooseClient(clients, server.major);
  if (client !== undefined) {
    await ensureSpace({ ...space, bytes: server.databaseBytes, what: "the database" });
    report("info", `backing up ${job.target.display} with pg_dump ${client.version}`);
    return takeDump(job, client);
  }
  const files =
    way === "dump"
      ? { whyNot: "only a dump can hold what was asked for" }
      : await findServerFiles(job.client);
  if ("whyNot" in files) {
    const where = job.target.display;
    throw noWayError({ clients, serverMajor: server.major, where, whyNoCopy: files.whyNot });
  }
  await ensureSpace({ ...space, bytes: files.clusterBytes, what: "the server's data" });
  report("info", `backing up ${job.target.display} by a copy of the running server's files`);
  return takePhysical(job, files.dataDir);
}

/** Gives the finished backup its name; another one of the same second may have it already. */
async function settle(
  destination: string,
  unfinished: string,
  manifest: BackupManifest,
): Promise<WrittenBackup> {
  for (let n = 1; ; n += 1) {
    const id = n === 1 ? manifest.id : `${manifest.id}_${String(n)}`;
    const dir = join(destination, id);
    await writeManifest(unfinished, { ...manifest, id });
    try {
      await rename(unfinished, dir);
      return { dir, manifest: { ...manifest, id } };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    }
  }
}

/** @throws LockstepError USAGE */
async function ensureNameIsFree({ name, destination }: BackupRequest): Promise<void> {
  if (name === undefined || !(await readdir(destination)).includes(name)) return;
  throw new LockstepError("USAGE", `There is a backup called ${name} already`, {
    where: destination,
    next: "give another name, or none: then it is called by its time",
  });
}

/** What this one may take: as the last of its kind did of its database. Undefined where there was none. */
async function expectSize(
  { destination, tables }: BackupRequest,
  databaseBytes: number,
): Promise<number | undefined> {
  if (tables) return undefined;
  const isWhole = ({ manifest }: ListedBackup) =>
    manifest?.kind === "dump" && manifest.only === undefined && manifest.databaseBytes > 0;
  const last = (await listBackups(destination)).find(isWhole)?.manifest;
  return last && (last.bytes / last.databaseBytes) * databaseBytes;
}

async function makePrivate(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
  }
}

function asBackupError(error: unknown, where: string): unknown {
  if (isLockstepError(error)) return error;
  const isFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
  if (!isFull && !(error instanceof pg.DatabaseError)) return error;
  return new LockstepError("BACKUP_FAILED", "The backup failed; nothing half done was left", {
    where,
    seen: error.message,
    likely: isFull
      ? "the disk filled up while the backup was written"
      : "the server refused a query",
    next: isFull
      ? "free space there, or name another folder: pulumi config set --path lockstep:backup.folder DIR"
      : "see to what the server says, then run the same command again",
    ...(error instanceof pg.DatabaseError && error.code ? { sqlstate: error.code } : {}),
    cause: error,
  });
}

function provenBad(dir: string, { proof }: BackupManifest): LockstepError {
  return new LockstepError("BACKUP_FAILED", "The backup was tried and is not good", {
    where: dir,
    seen: proof.why,
    likely: "a disk or file system fault, or something changed the files after they were written",
    next: "check the disk, then run the same command again; the bad backup was kept for inspection",
  });
}
