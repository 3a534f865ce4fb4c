// Analyses SQL that a test writes down, as if it were a file on disk.
import { createHash } from "node:crypto";
import { analyzeMigrations, type AnalyzeOptions } from "../../../../engine/lint/analyze.ts";
import type { Migration, MigrationFile } from "../../../../engine/sources/migration.ts";

/** A migration file of `sql`; number, name and the rest can be given. */
export function fileOf(sql: string, given: Partial<MigrationFile> = {}): MigrationFile {
  const number = given.number ?? "03";
  const name = given.name ?? "touch_something";
  return {
    number,
    order: BigInt(number),
    name,
    path: `migrations/${number}_${name}_up.sql`,
    sql,
    checksum: createHash("sha256").update(sql).digest("hex"),
    down: { path: `migrations/${number}_${name}_down.sql`, sql: "SELECT 1;" },
    verify: undefined,
    ...given,
  };
}

/** What the analysis says of one file. */
export async function analyzeSql(
  sql: string,
  name?: string,
  options?: AnalyzeOptions,
): Promise<Migration> {
  const [migration] = await analyzeMigrations([fileOf(sql, name ? { name } : {})], options);
  if (!migration) throw new Error("one file gives one migration");
  return migration;
}
