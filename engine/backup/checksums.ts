// Files of a backup by size and sha256: listed when it is made, read again when it is proven.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { isMissing } from "../process/privateFile.ts";
import { inParallel } from "./inParallel.ts";
import type { BackupFile } from "./manifest.ts";

/** Up to this size a file is read in one piece, bytes: a stream costs more than that. */
const SMALL_BYTES = 4 * 1024 * 1024;

/** Options for long reads. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each file with the bytes read so far. */
  readonly onBytes?: (bytes: number) => void;
}

/** All files below `dir`, by path, with size and sha256. Each is flushed to disk first. */
export async function listFiles(dir: string, options: ReadOptions = {}): Promise<BackupFile[]> {
  let bytes = 0;
  return inParallel(await pathsBelow(dir), async (path) => {
    await flush(join(dir, path));
    const file = await describeFile(dir, path, options.signal);
    options.onBytes?.((bytes += file.bytes));
    return file;
  });
}

/**
 * Reads all of `files` below `dir` again; the faults found, in words, none if it is as it was
 * written. Files that are not listed are a fault too: a restore would take them in.
 */
export async function findDamage(
  dir: string,
  files: readonly BackupFile[],
  options: ReadOptions = {},
): Promise<string[]> {
  const faults: string[] = [];
  const listed = new Set(files.map((file) => file.path));
  for (const path of await pathsBelow(dir).catch(noneIfMissing)) {
    if (!listed.has(path)) faults.push(`${path}: not part of the backup`);
  }
  let bytes = 0;
  const damage = await inParallel(files, async (file) => {
    const fault = await damageOf(dir, file, options.signal);
    options.onBytes?.((bytes += file.bytes));
    return fault === undefined ? [] : [`${file.path}: ${fault}`];
  });
  return [...faults, ...damage.flat()];
}

/** Total size in bytes of the files below `dir`, also while others write there. */
export async function bytesBelow(dir: string): Promise<number> {
  let bytes = 0;
  for (const path of await pathsBelow(dir).catch(noneIfMissing)) {
    bytes += await stat(join(dir, path)).then(
      (found) => found.size,
      () => 0,
    );
  }
  return bytes;
}

async function damageOf(
  dir: string,
  file: BackupFile,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const { size } = await stat(join(dir, file.path));
    if (size !== file.bytes) return `${String(size)} bytes instead of ${String(file.bytes)}`;
    const { sha256 } = await describeFile(dir, file.path, signal);
    return sha256 === file.sha256 ? undefined : "its checksum differs: its content was changed";
  } catch (error) {
    if (isMissing(error)) return "missing";
    throw error;
  }
}

async function describeFile(dir: string, path: string, signal?: AbortSignal): Promise<BackupFile> {
  signal?.throwIfAborted();
  const hash = createHash("sha256");
  const file = join(dir, path);
  if ((await stat(file)).size <= SMALL_BYTES) {
    const content = await readFile(file);
    return { path, bytes: content.length, sha256: hash.update(content).digest("hex") };
  }
  let bytes = 0;
  await pipeline(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        hash.update(chunk);
      }
    },
    signal ? { signal } : {},
  );
  return { path, bytes, sha256: hash.digest("hex") };
}

async function pathsBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

async function flush(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function noneIfMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}
