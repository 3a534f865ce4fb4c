// Which backups a folder holds, and which of them to keep.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isLockstepError } from "../errors/lockstepError.ts";
import { isMissing } from "../process/privateFile.ts";
import { type BackupManifest, MANIFEST_FILE, readManifest } from "./manifest.ts";
import { backupId, isBackupId, isUnfinished } from "./names.ts";

/** After this an unfinished folder was left by a killed run, not one at work. */
const UNFINISHED_STALE_MS = 24 * 60 * 60 * 1000;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Which backups stay, as a stack says it. */
export interface KeepSettings {
  /** So many of the newest. */
  readonly count: number;
  /** Older ones go even where there are fewer; never when missing. */
  readonly days?: number | undefined;
  /** For so many days after a release's contract its backups stay all the same. @default 7 */
  readonly contractDays?: number | undefined;
}

/** Which backups a folder keeps. */
export interface Keep extends KeepSettings {
  /** Ids that something still relies on. */
  readonly needed?: readonly string[];
}

/** A backup in a folder of backups. */
export interface ListedBackup {
  readonly id: string;
  /** Its own folder. */
  readonly dir: string;
  /** Undefined where the manifest is missing or damaged: then it is not to be relied on. */
  readonly manifest: BackupManifest | undefined;
}

/** The backups in `folder`, newest first; none if there is no such folder. */
export async function listBackups(folder: string): Promise<ListedBackup[]> {
  const found = await Promise.all(
    (await namesIn(folder)).map(async (id) => {
      const dir = join(folder, id);
      // What is called otherwise is a backup if it says so itself.
      const isOurs = isBackupId(id) || (!isUnfinished(id) && (await hasManifest(dir)));
      return isOurs ? [{ id, dir, manifest: await manifestIfGood(dir) }] : [];
    }),
  );
  return newestFirst(found.flat());
}

/** Backups by their age, the newest first. */
export function newestFirst(backups: readonly ListedBackup[]): ListedBackup[] {
  return backups.toSorted(compareAge).reverse();
}

/**
 * Which of `backups` (newest first) may go: all beyond the first `keep.count`, and all that are older than `keep.days`. But never the
 * newest that was proven, whatever came after it, nor one in `keep.needed`, nor one that a person gave its name.
 */
export function planRetention(
  backups: readonly ListedBackup[],
  keep: Keep,
  now = new Date(),
): ListedBackup[] {
  const own = backups.filter(({ id }) => isBackupId(id));
  const lastProven = own.find((backup) => isProven(backup.manifest));
  const { count, days, needed = [] } = keep;
  const oldestMs = days === undefined ? -Infinity : now.getTime() - days * DAY_MS;
  const isOld = ({ manifest }: ListedBackup) =>
    manifest !== undefined && Date.parse(manifest.at) < oldestMs;
  return own
    .filter((backup, at) => at > 0 && (at >= count || isOld(backup)))
    .filter((backup) => backup !== lastProven && !needed.includes(backup.id));
}

/**
 * Deletes what `planRetention` names and what killed runs left half written; returns the ids that
 * went.
 */
export async function applyRetention(folder: string, keep: Keep): Promise<string[]> {
  const old = planRetention(await listBackups(folder), keep);
  for (const backup of old) await rm(backup.dir, { recursive: true, force: true });
  for (const name of (await namesIn(folder)).filter(isUnfinished)) {
    const dir = join(folder, name);
    const age = await stat(dir).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > UNFINISHED_STALE_MS) await rm(dir, { recursive: true, force: true });
  }
  return old.map((backup) => backup.id);
}

/** Whether `manifest` says that a restore was tried and was right. */
export function isProven(manifest: BackupManifest | undefined): boolean {
  return manifest?.proof.kind !== "none" && manifest?.proof.result === "passed";
}

/**
 * By the time in a name of lockstep's own, else in the manifest; then by the number that backups of one second get: `_2` before
 * `_10`.
 */
function compareAge(a: ListedBackup, b: ListedBackup): number {
  return ageKey(a).localeCompare(ageKey(b), "en", { numeric: true });
}

function ageKey({ id, manifest }: ListedBackup): string {
  return isBackupId(id) ? id : `${backupId(new Date(manifest?.at ?? 0))} ${id}`;
}

async function hasManifest(dir: string): Promise<boolean> {
  return stat(join(dir, MANIFEST_FILE)).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function manifestIfGood(dir: string): Promise<BackupManifest | undefined> {
  try {
    return await readManifest(dir);
  } catch (error) {
    if (isLockstepError(error)) return undefined;
    throw error;
  }
}
