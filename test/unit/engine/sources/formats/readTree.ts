// Writes a tree of files into a folder and reads it as a folder of migrations.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { FolderSpec, MigrationFile } from "../../../../../engine/sources/migration.ts";
import { readFolder, type ReadFolder } from "../../../../../engine/sources/readFolder.ts";

/** Path below the folder to text. */
export type Tree = Readonly<Record<string, string>>;

/** Writes `tree` below `dir`. */
export async function writeTree(dir: string, tree: Tree): Promise<void> {
  for (const [name, text] of Object.entries(tree)) {
    const file = path.join(dir, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Writes `tree` below `dir` and reads it. */
export async function readTree(
  dir: string,
  tree: Tree,
  spec: Partial<FolderSpec> = {},
): Promise<ReadFolder> {
  await writeTree(dir, tree);
  return readFolder({ dir, ...spec });
}

/** Number and name of each file, in order. */
export const idsOf = (files: readonly MigrationFile[]) =>
  files.map(({ number, name }) => `${number} ${name}`);
