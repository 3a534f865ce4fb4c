// The migrations of a folder, read and analysed.
import { join } from "node:path";
import { lockstepHome } from "../engine/home.ts";
import { analyzeMigrations } from "../engine/lint/analyze.ts";
import type { ParsedTrees } from "../engine/lint/parsedTrees.ts";
import { withSoak } from "../engine/soak/soakPolicy.ts";
import type { FolderSpec, Migration } from "../engine/sources/migration.ts";
import { readFolder, type ReadFolder } from "../engine/sources/readFolder.ts";
import type { FolderOptions } from "./declarations/sharedOptions.ts";

/** The folder that a command was told. */
export function folderOf(options: FolderOptions): FolderSpec {
  const { migrations: dir, format, set: placeholders, soak } = options;
  return {
    dir,
    ...(format && { format }),
    ...(placeholders && { placeholders }),
    ...(soak && { soak }),
  };
}

/** The folder in words, and whose file named it or its placeholders. */
export function describeFolder({ migrations: dir, fromStack }: FolderOptions): string {
  return fromStack === undefined ? dir : `${dir} (as ${fromStack} says)`;
}

/**
 * Reads the folder; unchanged files are known from the last time and need no parser. `trees` get those of the others, to be linted.
 * @throws LockstepError MIGRATION_FILES or SQL_SYNTAX, with every fault of the folder.
 */
export async function loadMigrations(
  options: FolderOptions,
  trees?: ParsedTrees,
): Promise<readonly Migration[]> {
  const migrations = await analyzeFolder(await readFolder(folderOf(options)), trees);
  return withSoak(migrations, options.soak);
}

/** What the SQL of a folder's files says. Throws LockstepError SQL_SYNTAX. */
export function analyzeFolder(
  { files }: ReadFolder,
  trees?: ParsedTrees,
): Promise<readonly Migration[]> {
  const cacheDir = join(lockstepHome(), "cache", "analysis");
  return analyzeMigrations(files, { cacheDir, ...(trees && { trees }) });
}
