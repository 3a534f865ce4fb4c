// Proof of a backup: its files are as they were written, and a restore of them holds what was backed up.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { serverUserFor } from "../embedded/serverUser.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import type { BackupKey } from "./backupKey.ts";
import { findDamage } from "./checksums.ts";
import { orInterrupted } from "./interrupted.ts";
import { liveProgress } from "./liveProgress.ts";
import { type BackupManifest, DATA_FOLDER, readManifest, writeManifest } from "./manifest.ts";
import { UNREADABLE, withPlainData } from "./plainData.ts";
import type { ProofWish } from "./proofWish.ts";
import { proveDump } from "./proveDump.ts";
import { provePhysical } from "./provePhysical.ts";
import { scratchRoot } from "./scratchServer.ts";
import { formatBytes, type FreeBytes, freeBytesOn } from "./space.ts";
import { failed, type Outcome, type Trial, unproven } from "./trial.ts";

/** Whom a proof tells, and what ends it. */
export interface ProofOptions {
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** Of an encrypted backup. */
  readonly key?: BackupKey | undefined;
  /** How it is to be proven. @default all of it, on a scratch server */
  readonly wish?: ProofWish | undefined;
  /** Stands in for the file system's answer. */
  readonly freeBytes?: FreeBytes;
}

/**
 * Tries the backup in the folder `dir` and writes the result into its manifest, which is returned. A
 * bad backup is a result (`failed`), as is a trial that cannot be made (`not proven`): that one takes
 * no earlier result away, since it says nothing about the backup.
 * Throws BACKUP_FAILED if there is no manifest, INTERRUPTED on abort (the manifest is left as it was).
 */
export async function proveBackup(dir: string, options: ProofOptions): Promise<BackupManifest> {
  const { report, signal } = options;
  const manifest = await readManifest(dir);
  const dataDir = join(dir, DATA_FOLDER);
  const live = liveProgress(report);
  let outcome: Outcome;
  try {
    const total = formatBytes(manifest.bytes);
    const damage = await findDamage(dataDir, manifest.files, {
      signal,
      onBytes: (bytes) => {
        live(`proof: ${formatBytes(bytes)} of ${total} read again`, { bytes });
      },
    });
    outcome = damage.length > 0 ? failed(damage) : await tryRestore(dir, manifest, options);
  } catch (error) {
    throw orInterrupted(error, signal);
  }
  const proven = { ...manifest, proof: { ...outcome, at: new Date().toISOString() } };
  if (outcome.result === "not proven" && manifest.proof.result !== "not proven") {
    const { result, at } = manifest.proof;
    report("warn", `this trial could not be made, so the result of ${at} stays: ${result}`);
    return proven;
  }
  await writeManifest(dir, proven);
  return proven;
}

async function tryRestore(
  dir: string,
  manifest: BackupManifest,
  options: ProofOptions,
): Promise<Outcome> {
  const { report, signal } = options;
  try {
    const isElsewhere = manifest.kind === "dump" && options.wish?.url !== undefined;
    // What part of it a few tables are is not known.
    const isPart = manifest.kind === "dump" && options.wish?.tables !== undefined;
    const lack =
      isElsewhere || isPart
        ? undefined
        : await spaceLack(manifest, options.freeBytes ?? freeBytesOn);
    if (lack !== undefined) return unproven(lack);
    const user = await serverUserFor(join(scratchRoot(), "new"));
    const use = async (dataDir: string) => {
      const trial: Trial = { manifest, dataDir, wish: options.wish, user, report, signal };
      return manifest.kind === "dump" ? proveDump(trial) : provePhysical(trial);
    };
    return await withPlainData(dir, manifest, { key: options.key, signal, use });
  } catch (error) {
    if (signal?.aborted === true || !isLockstepError(error)) throw error;
    // A server that must not be used is a mistake to be mended, not a trial that cannot be made.
    if (error.code === "CONFIG") throw error;
    const why = [error.message, error.seen?.split("\n").join(" ")].filter(Boolean).join(": ");
    // The key fits by its fingerprint, and yet a file does not open.
    if (error.message === UNREADABLE) return failed([why]);
    // A copy that no server of its own version starts on is no backup; for a dump it is the scratch
    // server, empty at that time, that failed.
    const isItsFault = manifest.kind === "physical" && error.code === "PROCESS_FAILED";
    return isItsFault ? failed([why]) : unproven(why);
  }
}

/** A sentence with numbers if a restore would not fit where scratch servers live. */
async function spaceLack(
  manifest: BackupManifest,
  freeBytes: FreeBytes,
): Promise<string | undefined> {
  const root = scratchRoot();
  await mkdir(root, { recursive: true, mode: 0o711 });
  const free = await freeBytes(root);
  const needed = Math.max(manifest.bytes, manifest.databaseBytes);
  if (free >= needed) return undefined;
  return `a restore needs ${formatBytes(needed)} in ${root}, where ${formatBytes(free)} are free`;
}
