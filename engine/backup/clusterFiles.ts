// Which files of a data folder belong into a physical copy, and how one is copied while the server writes it.
import { constants, createReadStream, createWriteStream } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isMissing } from "../process/privateFile.ts";
import { inParallel } from "./inParallel.ts";

/** Up to this size a file is copied in one piece, bytes: a stream costs more than that. */
const SMALL_BYTES = 4 * 1024 * 1024;

/**
 * Folders whose content a server makes anew when it starts (PostgreSQL's manual, "Making a Base
 * Backup Using the Low Level API"); pg_wal is filled by the backup itself. They must exist, though.
 */
const RUNTIME_FOLDERS = [
  "pg_wal",
  "pg_replslot",
  "pg_dynshmem",
  "pg_notify",
  "pg_serial",
  "pg_snapshots",
  "pg_stat_tmp",
  "pg_subtrans",
] as const;

/** Folders that may be empty in a copy and that a server expects. */
const EMPTY_FOLDERS = [
  ...RUNTIME_FOLDERS,
  ...["pg_commit_ts", "pg_logical", "pg_logical/snapshots", "pg_logical/mappings", "pg_stat"],
  ...["pg_tblspc", "pg_twophase", "pg_wal/archive_status", "pg_wal/summaries"],
];

/** Files of the running server, of an earlier backup, and what it deletes when it starts. */
const LEFT_OUT: readonly RegExp[] = [
  /^postmaster\.(pid|opts)$/,
  /^(backup_label|tablespace_map)(\.old)?$/,
  /^backup_manifest$/,
  /^(current_logfiles|log)$/,
  /^(standby|recovery)\.signal$/,
  /^postgresql\.auto\.conf\.tmp$/,
  /(^|\/)pgsql_tmp/,
  /(^|\/)pg_internal\.init/,
  // Temporary tables: t<backend>_<relation>.
  /(^|\/)t\d+_\d+([._]|$)/,
];

/** Whether `path` (relative, with `/`) of a data folder is part of a physical copy. */
export function isCopied(path: string): boolean {
  const [first = "", ...rest] = path.split("/");
  if (rest.length > 0 && RUNTIME_FOLDERS.some((folder) => folder === first)) return false;
  return !LEFT_OUT.some((pattern) => pattern.test(path));
}

/** The control file: copied last, so that it is not older than what it speaks of. */
const CONTROL_FILE = "global/pg_control";

/** What `copyTree` copies, and whom it tells. */
export interface CopyOptions {
  readonly isWanted?: (path: string) => boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called after each file with the bytes copied so far. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Copies the tree `from` into the existing folder `to`; folders 0700, files 0600. What vanishes
 * meanwhile is left out: a table that was dropped, which the WAL drops again. Links are not followed.
 */
export async function copyTree(from: string, to: string, options: CopyOptions = {}): Promise<void> {
  const { isWanted = () => true, signal, onBytes } = options;
  const copy = fileCopier();
  const { folders, files } = await listTree(from, isWanted);
  for (const path of folders) await mkdir(join(to, path), { recursive: true, mode: 0o700 });
  let bytes = 0;
  const copyOne = async (path: string) => {
    signal?.throwIfAborted();
    try {
      await copy(join(from, path), join(to, path), signal);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await rm(join(to, path), { force: true });
      return;
    }
    const { size } = await lstat(join(to, path));
    // Not in one expression with the await: two copies that end at once would count as one.
    bytes += size;
    onBytes?.(bytes);
  };
  await inParallel(
    files.filter((path) => path !== CONTROL_FILE),
    copyOne,
  );
  if (files.includes(CONTROL_FILE)) await copyOne(CONTROL_FILE);
}

/** Makes the folders that a server expects in its data folder `dir` and that a copy may lack. */
export async function ensureRuntimeFolders(dir: string): Promise<void> {
  for (const folder of EMPTY_FOLDERS) {
    await mkdir(join(dir, folder), { recursive: true, mode: 0o700 });
  }
}

/** Copies one file, mode 0600; shares its blocks where the file system can. */
export function fileCopier(): (from: string, to: string, signal?: AbortSignal) => Promise<void> {
  let canClone = true;
  return async (from, to, signal) => {
    if (canClone) {
      try {
        await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
        await chmod(to, 0o600);
        return;
      } catch (error) {
        if (isMissing(error)) throw error;
        canClone = false;
        await rm(to, { force: true });
      }
    }
    if ((await lstat(from)).size <= SMALL_BYTES) {
      await writeFile(to, await readFile(from), { mode: 0o600 });
      return;
    }
    // Not fs.copyFile: it copies as many bytes as the file had, and the server may cut it meanwhile.
    await pipeline(
      createReadStream(from, { highWaterMark: 1 << 20 }),
      createWriteStream(to, { mode: 0o600 }),
      signal ? { signal } : {},
    );
  };
}

interface Tree {
  /** A folder comes before those in it. */
  readonly folders: string[];
  readonly files: string[];
}

async function listTree(root: string, isWanted: (path: string) => boolean): Promise<Tree> {
  const tree: Tree = { folders: [], files: [] };
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    for (const entry of entries) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!isWanted(path)) continue;
      if (entry.isDirectory()) {
        tree.folders.push(path);
        await visit(path);
      } else if (entry.isFile()) {
        tree.files.push(path);
      }
    }
  };
  await visit("");
  return tree;
}
