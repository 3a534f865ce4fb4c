// An app's tree of files: listed, digested, copied; the same files give the same digest everywhere.
import { createHash } from "node:crypto";
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
} from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import { isMissing } from "./privateFile.ts";

/** Folders that are no part of an app's own tree. */
const IGNORED: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/** One file of a tree; `path` is relative with `/`. */
interface TreeEntry {
  readonly path: string;
  readonly kind: "file" | "executable" | "link";
}

/**
 * sha256 (hex) over the sorted relative paths, executable bits and contents of the files below
 * `dir`, or of those that `files` names (files or folders in it). node_modules and .git are left
 * out; a symbolic link counts by its target. Throws CONFIG if something named is missing or outside.
 */
export async function digestTree(dir: string, files?: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const entry of await listTree(dir, files)) {
    const path = join(dir, entry.path);
    const content = entry.kind === "link" ? await readlink(path) : await readFile(path);
    // Lengths go in, so that no two trees run together to the same bytes.
    hash.update(`${entry.kind} ${entry.path.length} ${entry.path} ${content.length}\n`);
    hash.update(content);
  }
  return hash.digest("hex");
}

/** Copies the same files into the new folder `target`; nobody else may read or write them. */
export async function copyTree(
  dir: string,
  target: string,
  files?: readonly string[],
): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  for (const entry of await listTree(dir, files)) {
    const [from, to] = [join(dir, entry.path), join(target, entry.path)];
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    if (entry.kind === "link") {
      await symlink(await readlink(from), to);
      continue;
    }
    await copyFile(from, to);
    await chmod(to, entry.kind === "executable" ? 0o700 : 0o600);
  }
}

async function listTree(dir: string, files?: readonly string[]): Promise<TreeEntry[]> {
  const found = new Map<string, TreeEntry>();
  for (const name of files ?? ["."]) {
    for (const entry of await listBelow(dir, insideOf(dir, name))) found.set(entry.path, entry);
  }
  if (found.size === 0) throw nothingThere(dir);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function listBelow(dir: string, path: string): Promise<TreeEntry[]> {
  const stats = await lstat(join(dir, path)).catch((error: unknown) => {
    throw isMissing(error) ? missing(dir, path) : error;
  });
  if (stats.isSymbolicLink()) return [{ path: portable(path), kind: "link" }];
  if (stats.isFile()) {
    return [{ path: portable(path), kind: (stats.mode & 0o100) === 0 ? "file" : "executable" }];
  }
  if (!stats.isDirectory()) return [];
  const names = (await readdir(join(dir, path))).filter((name) => !IGNORED.has(name));
  return (await Promise.all(names.map(async (name) => listBelow(dir, join(path, name))))).flat();
}

function insideOf(dir: string, name: string): string {
  const path = normalize(name);
  if (!isAbsolute(path) && path !== ".." && !path.startsWith(`..${sep}`)) return path;
  throw new LockstepError("CONFIG", "An app's file lies outside of the app's folder", {
    where: dir,
    seen: name,
    next: "name files within the app's folder, or choose a folder that holds them all",
  });
}

function portable(path: string): string {
  return path.split(sep).join("/");
}

function missing(dir: string, path: string): LockstepError {
  return new LockstepError("CONFIG", "The app's files are not there", {
    where: join(dir, path),
    likely: "the path is relative to the folder of Pulumi.yaml",
    next: `ls ${dir}`,
  });
}

function nothingThere(dir: string): LockstepError {
  return new LockstepError("CONFIG", "The app's folder holds no files", {
    where: dir,
    next: `ls ${dir}`,
  });
}
