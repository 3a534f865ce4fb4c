// Backups in a bucket: taken and proven on this machine, then sent; fetched again to be proven or restored.
import { randomBytes } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { lockstepHome } from "../home.ts";
import { ensurePrivateDir } from "../process/privateFile.ts";
import { Bucket } from "./bucket.ts";
import { isProven, type Keep, type ListedBackup, newestFirst, planRetention } from "./list.ts";
import { liveProgress } from "./liveProgress.ts";
import { type BackupManifest, MANIFEST_FILE, parseManifest } from "./manifest.ts";
import { ensureSpace, formatBytes } from "./space.ts";
import { type BackupRequest, DEFAULT_KEEP, takeBackup } from "./takeBackup.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The same as `takeBackup`, into the bucket that `request.destination` names. It is proven here, before it is sent; the manifest
 * is the last that arrives. What was written here is deleted.
 */
export async function takeBackupToBucket(request: BackupRequest): Promise<BackupManifest> {
  const { destination, name, report, signal, keep = DEFAULT_KEEP } = request;
  return withBucket(destination, request.env, async (bucket) => {
    const before = await listIn(bucket);
    if (name !== undefined && before.some(({ id }) => id === name)) {
      throw new LockstepError("USAGE", `There is a backup called ${name} already`, {
        where: destination,
        next: "give another name, or none: then it is called by its time",
      });
    }
    return withStaging(async (staging) => {
      const manifest = await takeBackup({ ...request, destination: staging });
      await send(bucket, join(staging, manifest.id), { id: manifest.id, report, signal });
      if (isProven(manifest)) await removeOld(bucket, keep, report);
      return manifest;
    });
  });
}

/** The backups in a bucket, newest first. `dir` is where it is in the bucket. */
export async function listBucket(place: string, env?: Environment): Promise<ListedBackup[]> {
  return withBucket(place, env, listIn);
}

/** What a fetched backup is used for. */
export interface Fetching<T> {
  readonly id: string;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Says where the store is and who we are there. @default process.env */
  readonly env?: Environment;
  readonly use: (dir: string) => Promise<T>;
}

/**
 * Fetches one backup, hands its folder to `use` and deletes it. A manifest that `use` has changed is sent back.
 * @throws LockstepError BACKUP_FAILED where it is not there, does not fit the disk or the store fails.
 */
export async function withFetched<T>(place: string, fetching: Fetching<T>): Promise<T> {
  const { id, report, signal, env, use } = fetching;
  return withBucket(place, env, (bucket) =>
    withStaging(async (staging) => {
      const before = await bucket.read(`${id}/${MANIFEST_FILE}`);
      if (before === undefined) {
        throw new LockstepError("BACKUP_FAILED", "There is no such backup in the bucket", {
          where: `${place}/${id}`,
          seen: `no ${MANIFEST_FILE}`,
          next: `lockstep backups --from ${place}`,
        });
      }
      const { bytes } = parseManifest(before, `${place}/${id}`);
      await ensureSpace({ dir: staging, bytes, what: "the backup" });
      const live = liveProgress(report);
      let done = 0;
      for (const file of await bucket.list(`${id}/`)) {
        signal.throwIfAborted();
        await bucket.download(file.path, join(staging, file.path), signal);
        done += file.bytes;
        live(`${formatBytes(done)} of ${formatBytes(bytes)} fetched`, { bytes: done });
      }
      const result = await use(join(staging, id));
      const manifest = join(staging, id, MANIFEST_FILE);
      if ((await readFile(manifest, "utf8")) !== before) {
        await bucket.upload(manifest, `${id}/${MANIFEST_FILE}`, signal);
      }
      return result;
    }),
  );
}

async function listIn(bucket: Bucket): Promise<ListedBackup[]> {
  const ids = new Set((await bucket.list()).map(({ path }) => path.split("/")[0] ?? ""));
  const found: ListedBackup[] = [];
  for (const id of ids) {
    const text = await bucket.read(`${id}/${MANIFEST_FILE}`);
    found.push({ id, dir: `${bucket.display}/${id}`, manifest: manifestIn(text, id) });
  }
  return newestFirst(found);
}

function manifestIn(text: string | undefined, id: string): BackupManifest | undefined {
  try {
    return text === undefined ? undefined : parseManifest(text, id);
  } catch {
    return undefined;
  }
}

interface Sending {
  readonly id: string;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

async function send(bucket: Bucket, dir: string, { id, report, signal }: Sending): Promise<void> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .filter((path) => path !== MANIFEST_FILE);
  const live = liveProgress(report);
  try {
    let sent = 0;
    for (const path of [...paths, MANIFEST_FILE]) {
      signal?.throwIfAborted();
      await bucket.upload(join(dir, path), `${id}/${path}`, signal);
      live(`backup: ${String(++sent)} of ${String(paths.length + 1)} files sent`, { sent });
    }
    report("info", `backup sent to ${bucket.display}/${id}`);
  } catch (error) {
    // A part of a backup is of use to nobody.
    await bucket.remove(`${id}/`, `${id}/${MANIFEST_FILE}`).catch(() => undefined);
    throw error;
  }
}

async function removeOld(bucket: Bucket, keep: Keep, report: Report): Promise<void> {
  const old = planRetention(await listIn(bucket), keep).map(({ id }) => id);
  for (const id of old) await bucket.remove(`${id}/`, `${id}/${MANIFEST_FILE}`);
  if (old.length > 0) report("info", `deleted old backups: ${old.join(", ")}`);
}

async function withBucket<T>(
  place: string,
  env: Environment | undefined,
  use: (bucket: Bucket) => Promise<T>,
): Promise<T> {
  const bucket = new Bucket(place, env);
  try {
    return await use(bucket);
  } finally {
    bucket.close();
  }
}

/** A private folder of this machine, deleted afterwards. */
async function withStaging<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = join(lockstepHome(), "staging", randomBytes(4).toString("hex"));
  try {
    await ensurePrivateDir(dir);
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
