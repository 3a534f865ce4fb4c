// Which backups a folder holds, and which of them to keep.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isLockstepError } from "../errors/lockstepError.ts";
import { isMissing } from "../process/privateFile.ts";
import { type BackupManifest, readManifest } from "./manifest.ts";
import { isBackupId, isUnfinished } from "./names.ts";

/** After this an unfinished folder was left by a killed run, not one at work. */
const UNFINISHED_STALE_MS = 24 * 60 * 60 * 1000;

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
  const ids = (await namesIn(folder)).filter(isBackupId).sort(compareIds).reverse();
  return Promise.all(
    ids.map(async (id) => {
      const dir = join(folder, id);
      return { id, dir, manifest: await manifestIfGood(dir) };
    }),
  );
}

/**
 * Which of `backups` (newest first) may go: all beyond the first `keep`, but never the newest that
 * was proven, whatever came after it.
 */
export function planRetention(backups: readonly ListedBackup[], keep: number): ListedBackup[] {
  const lastProven = backups.find((backup) => isProven(backup.manifest));
  return backups.slice(Math.max(1, keep)).filter((backup) => backup !== lastProven);
}

/**
 * Deletes what `planRetention` names and what killed runs left half written; returns the ids that
 * went.
 */
export async function applyRetention(folder: string, keep: number): Promise<string[]> {
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
  return manifest?.proof.kind === "restore" && manifest.proof.result === "passed";
}

/** By time, then by the number that backups of one second get: `_2` before `_10`. */
function compareIds(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
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
