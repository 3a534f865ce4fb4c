// A source made ready to be read: its files checked, and decrypted where they are encrypted.
import type { BackupKey } from "../backup/backupKey.ts";
import { findDamage } from "../backup/checksums.ts";
import { liveProgress } from "../backup/liveProgress.ts";
import { withPlainData } from "../backup/plainData.ts";
import { formatBytes } from "../backup/space.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import type { RestoreSource } from "./source.ts";

/** The key for an encrypted one, and whom the reading tells. */
export interface ReadableOptions {
  readonly key: BackupKey | undefined;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Checks `source` and hands it to `use`. Of other people's dumps there is nothing to check.
 * @throws LockstepError BACKUP_FAILED where it is damaged, or the key is missing or another one.
 */
export async function withReadable<Source extends RestoreSource, T>(
  source: Source,
  options: ReadableOptions,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  if (source.kind !== "backup") return use(source);
  await ensureUndamaged(source, options);
  return withPlainData(source.dir, source.manifest, {
    ...{ key: options.key, signal: options.signal },
    use: (dataDir) => use({ ...source, dataDir }),
  });
}

/**
 * Reads all files of a backup against their checksums.
 * @throws LockstepError BACKUP_FAILED with what is wrong.
 */
async function ensureUndamaged(
  source: Extract<RestoreSource, { kind: "backup" }>,
  { report, signal }: ReadableOptions,
): Promise<void> {
  const { manifest } = source;
  const live = liveProgress(report);
  const total = formatBytes(manifest.bytes);
  const damage = await findDamage(source.dataDir, manifest.files, {
    signal,
    onBytes: (bytes) => {
      live(`restore: ${formatBytes(bytes)} of ${total} checked`, { bytes });
    },
  });
  if (damage.length === 0) return;
  throw new LockstepError("BACKUP_FAILED", "The backup is damaged; nothing was changed", {
    where: source.dir,
    seen: damage.slice(0, 8).join("\n"),
    likely: "a disk fault, a copy that was cut off, or somebody changed the files",
    next: "lockstep backups   (shows older ones)",
  });
}
