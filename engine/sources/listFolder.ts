// All files of a folder of migrations, its subfolders included.
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Folder } from "./formats/format.ts";
import { errorCode } from "./readText.ts";

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

function folderUnreadable(dir: string, error: unknown): LockstepError {
  const code = errorCode(error);
  const missing = code === "ENOENT";
  return new LockstepError(
    "MIGRATION_FILES",
    missing ? `there is no migrations folder "${dir}"` : `cannot read the folder "${dir}": ${code}`,
    {
      where: path.resolve(dir),
      likely: missing
        ? "the command runs in another folder than the project's, or there is no migration yet"
        : "it is not a folder, or its permissions keep this user out",
      next: missing
        ? "name the folder with --migrations DIR, or make the first one: lockstep new create_customers"
        : `ls -ld "${dir}"`,
      cause: error,
    },
  );
}
