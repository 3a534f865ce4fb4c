// A backup's data as PostgreSQL's programs can read it: as it lies there, or decrypted into a folder that is deleted right after.
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import { ownIdentity } from "../process/identity.ts";
import { ensurePrivateDir, writePrivateFile } from "../process/privateFile.ts";
import { type BackupKey, ensureKeyFits } from "./backupKey.ts";
import { decryptFile, ENCRYPTED_SUFFIX, encryptFile } from "./encryption.ts";
import { inParallel } from "./inParallel.ts";
import { type BackupManifest, DATA_FOLDER } from "./manifest.ts";
import { OWNER_FILE, scratchRoot, sweepLeftovers } from "./scratchServer.ts";
import { ensureSpace } from "./space.ts";

/** What is said of a file that does not open under the right key. */
export const UNREADABLE = "A file of the backup cannot be decrypted";

/** The key to open it with, and what ends the work. */
export interface PlainOptions {
  readonly key: BackupKey | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Hands the folder of the plain data of the backup in `dir` to `use`. What is decrypted lies below `LOCKSTEP_HOME/scratch` (0700) for as
 * long; should this process be killed, the next one that works there deletes it.
 * @throws LockstepError BACKUP_FAILED without the right key, without the space, or where a file does not open.
 */
export async function withPlainData<T>(
  dir: string,
  manifest: BackupManifest,
  options: PlainOptions & { readonly use: (dataDir: string) => Promise<T> },
): Promise<T> {
  const sealed = join(dir, DATA_FOLDER);
  const key = ensureKeyFits(manifest.encryption?.key, options.key);
  if (key === undefined) return options.use(sealed);
  await sweepLeftovers();
  const scratch = join(scratchRoot(), randomBytes(4).toString("hex"));
  try {
    await ensurePrivateDir(scratch);
    await writePrivateFile(join(scratch, OWNER_FILE), JSON.stringify(ownIdentity()));
    await ensureSpace({ dir: scratch, bytes: manifest.bytes, what: "the decrypted backup" });
    const plain = join(scratch, "data");
    await mkdir(plain, { mode: 0o700 });
    for (const { path } of folders(sealed, await readdir(sealed, READ_ALL))) {
      await mkdir(join(plain, path), { recursive: true, mode: 0o700 });
    }
    await inParallel(manifest.files, async ({ path: name }) => {
      const path = name.slice(0, -ENCRYPTED_SUFFIX.length);
      await mkdir(dirname(join(plain, path)), { recursive: true, mode: 0o700 });
      const sealing = { key: key.bytes, path, signal: options.signal };
      await decryptFile(join(sealed, name), join(plain, path), sealing).catch((error: unknown) => {
        options.signal?.throwIfAborted();
        throw doesNotOpen(dir, name, error);
      });
    });
    return await options.use(plain);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Encrypts every file below `dataDir` in its place. Each is named with the suffix once it is whole. */
export async function encryptTree(
  dataDir: string,
  key: BackupKey,
  signal: AbortSignal | undefined,
): Promise<void> {
  const entries = await readdir(dataDir, READ_ALL);
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relativePath(dataDir, entry));
  await inParallel(paths, async (path) => {
    const file = join(dataDir, path);
    const unfinished = `${file}.sealing`;
    await encryptFile(file, unfinished, { key: key.bytes, path, signal });
    await rename(unfinished, `${file}${ENCRYPTED_SUFFIX}`);
    await rm(file);
  });
}

const READ_ALL = { recursive: true, withFileTypes: true } as const;

interface Entry {
  readonly name: string;
  readonly parentPath: string;
  isDirectory(): boolean;
}

/** A server expects its folders, empty ones too. */
function folders(root: string, entries: readonly Entry[]): readonly { readonly path: string }[] {
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({ path: relativePath(root, entry) }));
}

function relativePath(root: string, { parentPath, name }: Entry): string {
  return join(parentPath, name).slice(root.length + 1);
}

function doesNotOpen(dir: string, name: string, cause: unknown): LockstepError {
  return new LockstepError("BACKUP_FAILED", UNREADABLE, {
    where: join(dir, DATA_FOLDER, name),
    seen: cause instanceof Error ? cause.message : String(cause),
    likely: "somebody changed the file and the manifest, or a disk fault did",
    next: "lockstep backups   (shows older ones)",
    cause,
  });
}
