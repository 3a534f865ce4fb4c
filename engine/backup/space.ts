// Whether a backup will fit on the disk, asked before it is begun.
import { statfs } from "node:fs/promises";
import { LockstepError } from "../errors/lockstepError.ts";

/** Kept free beside the backup, bytes: other things on that disk must go on working. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** Asks how many bytes are free for us on the disk of an existing folder. */
export type FreeBytes = (dir: string) => Promise<number>;

/** Free bytes for an ordinary user on the disk that `dir` is on. */
export const freeBytesOn: FreeBytes = async (dir) => {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
};

/** What is to be written where. */
export interface SpaceNeed {
  readonly dir: string;
  /** The most it can become. A dump is compressed and usually far smaller than its database. */
  readonly bytes: number;
  /** What the bytes are, for the message: `the database (pg_database_size)`. */
  readonly what: string;
  readonly freeBytes?: FreeBytes;
}

/** Throws BACKUP_FAILED with the numbers if `need.bytes` and a reserve are not free. */
export async function ensureSpace(need: SpaceNeed): Promise<void> {
  const free = await (need.freeBytes ?? freeBytesOn)(need.dir);
  const wanted = need.bytes + RESERVE_BYTES;
  if (free >= wanted) return;
  throw new LockstepError("BACKUP_FAILED", "Not enough disk space for the backup", {
    where: need.dir,
    seen: `${formatBytes(free)} free; ${need.what} is ${formatBytes(need.bytes)}, and ${formatBytes(RESERVE_BYTES)} must stay free`,
    likely: "older backups or other files fill this disk",
    next: `free ${formatBytes(wanted - free)} there, or name a folder on a bigger disk: pulumi config set --path lockstep:backup.folder DIR`,
  });
}

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** `bytes` for people: `512 bytes`, `2.3 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}
