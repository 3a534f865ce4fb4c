// What is restored from: a backup of lockstep's, an archive of pg_dump's, or plain SQL, told by what is in the file.
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type BackupManifest,
  DATA_FOLDER,
  MANIFEST_FILE,
  readManifest,
} from "../backup/manifest.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { isMissing } from "../process/privateFile.ts";

/** Something to restore from. */
export type RestoreSource =
  | {
      readonly kind: "backup";
      readonly name: string;
      readonly dir: string;
      /** Its data, decrypted. */
      readonly dataDir: string;
      readonly manifest: BackupManifest;
    }
  /** A file or folder that pg_restore reads. */
  | { readonly kind: "archive"; readonly name: string; readonly path: string }
  | {
      readonly kind: "plain";
      readonly name: string;
      readonly path: string;
      readonly isGzip: boolean;
      /** Of the file as it lies there. */
      readonly bytes: number;
    };

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const ARCHIVE_MAGIC = Buffer.from("PGDMP");

/**
 * Looks at what `path` is.
 * @throws LockstepError USAGE if there is nothing; BACKUP_FAILED for a folder that is no backup.
 */
export async function openSource(path: string): Promise<RestoreSource> {
  const name = path.split("/").findLast((part) => part !== "") ?? path;
  let found;
  try {
    found = await stat(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new LockstepError("USAGE", "There is no such backup", {
      where: path,
      next: "lockstep backups   (shows those that are there)",
      cause: error,
    });
  }
  if (found.isDirectory()) return openFolder(path, name);
  const head = await readHead(path);
  if (head.subarray(0, 5).equals(ARCHIVE_MAGIC)) return { kind: "archive", name, path };
  const isGzip = head.subarray(0, 2).equals(GZIP_MAGIC);
  if (!isGzip && head.includes(0)) {
    throw new LockstepError("BACKUP_FAILED", "This file is no dump", {
      where: path,
      seen: "neither an archive of pg_dump's, nor gzip, nor text",
      likely: "it is packed by something else than gzip, or encrypted",
      next: "unpack it first; plain SQL, SQL in gzip and pg_dump's own formats can be restored",
    });
  }
  return { kind: "plain", name, path, isGzip, bytes: found.size };
}

async function openFolder(path: string, name: string): Promise<RestoreSource> {
  const has = (file: string) =>
    stat(join(path, file)).then(
      () => true,
      () => false,
    );
  const isArchive =
    !(await has(MANIFEST_FILE)) && ((await has("toc.dat")) || (await has("toc.dat.gz")));
  if (isArchive) return { kind: "archive", name, path };
  const manifest = await readManifest(path);
  return { kind: "backup", name, dir: path, dataDir: join(path, DATA_FOLDER), manifest };
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
