// The migrations of a folder, read and analysed.
import { join } from "node:path";
import { lockstepHome } from "../engine/home.ts";
import { analyzeMigrations } from "../engine/lint/analyze.ts";
import type { Migration } from "../engine/sources/migration.ts";
import { readMigrations } from "../engine/sources/readMigrations.ts";

/**
 * Reads `dir`; unchanged files are known from the last time and need no parser.
 * @throws LockstepError MIGRATION_FILES or SQL_SYNTAX, with every fault of the folder.
 */
export async function loadMigrations(dir: string): Promise<readonly Migration[]> {
  return analyzeMigrations(await readMigrations(dir), {
    cacheDir: join(lockstepHome(), "cache", "analysis"),
  });
}
