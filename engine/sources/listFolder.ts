// All files of a folder of migrations, its subfolders included.
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Folder } from "./formats/format.ts";
import { folderUnreadable } from "./readMigrations.ts";

/** What no tool keeps migrations in. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", "__pycache__"]);

/** Lists `dir`. Throws LockstepError MIGRATION_FILES where it cannot be read. */
export async function listFolder(dir: string): Promise<Folder> {
  const files: string[] = [];
  await list(dir, "", files);
  return { dir, files: files.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))) };
}

async function list(dir: string, below: string, files: string[]): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(path.join(dir, below), { withFileTypes: true });
  } catch (error) {
    throw folderUnreadable(path.join(dir, below), error);
  }
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const file = below === "" ? entry.name : `${below}/${entry.name}`;
    // Links to folders are not followed: they may lead back.
    if (!entry.isDirectory()) files.push(file);
    else if (!SKIPPED.has(entry.name)) await list(dir, file, files);
  }
}
