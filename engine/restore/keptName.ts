// Names of the databases, and of the data folder, that a restore makes beside the one it restores.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** PostgreSQL cuts longer names, bytes. */
const LONGEST_NAME = 63;

/** `shop_kept_20260105_143025`: what `database` was called until a restore took its place; UTC. */
export function keptName(database: string, at: Date): string {
  return named(database, "kept", at);
}

/** Where in `dir` the folder `data` is kept: named after `at`, or after the next second that no other one has. */
export function freeKeptFolder(dir: string, at: Date): string {
  for (let ms = at.getTime(); ; ms += 1_000) {
    const folder = join(dir, keptName("data", new Date(ms)));
    if (!existsSync(folder)) return folder;
  }
}

/** What the restored database is called until it is whole. */
export function restoringName(database: string, at: Date): string {
  return named(database, "restoring", at);
}

function named(database: string, what: string, at: Date): string {
  const digits = at.toISOString().replace(/\D/g, "");
  const suffix = `_${what}_${digits.slice(0, 8)}_${digits.slice(8, 14)}`;
  return cut(database, LONGEST_NAME - suffix.length) + suffix;
}

/** The longest beginning of `text` that fits, whole characters only. */
function cut(text: string, bytes: number): string {
  let fitting = "";
  for (const character of text) {
    if (Buffer.byteLength(fitting + character) > bytes) break;
    fitting += character;
  }
  return fitting;
}
