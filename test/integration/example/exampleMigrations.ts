// Applies the example's migrations as plain SQL, to test them apart from lockstep's engine.

import { readdir, readFile } from "node:fs/promises";
import type pg from "pg";
import { withClient } from "../../support/database.ts";

const folder = new URL("../../../migrations/", import.meta.url);

/** Applies the up files from one number to another, each in a transaction of its own. */
export async function applyMigrations(url: string, [first, last]: [number, number]): Promise<void> {
  for (let number = first; number <= last; number++) await runSql(url, await read(number, "up"));
}

/** Runs the down files from one number down to another. */
export async function undoMigrations(url: string, [first, last]: [number, number]): Promise<void> {
  for (let number = first; number >= last; number--) await runSql(url, await read(number, "down"));
}

/**
 * Runs a migration's verify script.
 *
 * @returns what it found wrong, empty when all is well
 */
export async function verifyMigration(url: string, number: number): Promise<string[]> {
  try {
    const rows = await runSql(url, await read(number, "verify"));
    return rows.map((row) => String(Object.values(row)[0]));
  } catch (error) {
    return [(error as Error).message];
  }
}

async function read(number: number, role: "up" | "down" | "verify"): Promise<string> {
  const start = `${String(number).padStart(2, "0")}_`;
  const files = await readdir(folder);
  const file = files.find((name) => name.startsWith(start) && name.endsWith(`_${role}.sql`));
  if (file === undefined) throw new Error(`There is no migration ${start}*_${role}.sql.`);
  return readFile(new URL(file, folder), "utf8");
}

/** Runs a text of one or more statements over a connection of its own; returns the last one's rows. */
export async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return withClient(url, async (client) => {
    const result: unknown = await client.query(sql);
    const results = (Array.isArray(result) ? result : [result]) as pg.QueryResult<
      Record<string, unknown>
    >[];
    return results.at(-1)?.rows ?? [];
  });
}
