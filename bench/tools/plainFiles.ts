// Migrations as plain SQL: a pair of files for lockstep, and what psql is called with to run them.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SmallMigration } from "../smallMigrations.ts";

/** Writes `00001_name_up.sql` and its down file for each; returns the paths of the former. */
export async function writePairs(
  dir: string,
  migrations: readonly SmallMigration[],
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const { number, name, sql } of migrations) {
    const base = join(dir, `${String(number).padStart(5, "0")}_${name}`);
    await writeFile(`${base}_up.sql`, `${sql}\n`);
    await writeFile(`${base}_down.sql`, "-- made to measure: the database goes as a whole\n");
    files.push(`${base}_up.sql`);
  }
  return files;
}

/** Quiet, no user's psqlrc, and an end at the first error. Each file commits by itself. */
export function psqlArguments(files: readonly string[]): readonly string[] {
  return ["-X", "-q", "-v", "ON_ERROR_STOP=1", ...files.flatMap((file) => ["-f", file])];
}
