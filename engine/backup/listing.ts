// The list of a dump's contents, as `pg_restore --list` writes it and `--use-list` takes it.
import type { BackupTable } from "./manifest.ts";

/** A line of that list: `3355; 0 16389 TABLE DATA public customers admin`. */
const ENTRY = /^\d+; \d+ \d+ (.+)$/;
const TABLE_DATA = "TABLE DATA ";
/** What somebody else's server would have to have roles or a superuser for; neither holds rows. */
const NOT_ELSEWHERE = [
  "POLICY ",
  "EVENT TRIGGER ",
  "COMMENT - EXTENSION ",
  "COMMENT - EVENT TRIGGER ",
];

/** What is wanted of a dump. */
export interface Wanted {
  /** `schema.table` whose rows are wanted; undefined for all. */
  readonly tables?: ReadonlySet<string> | undefined;
  /** Leaves out what a server that is not ours cannot take. */
  readonly forElsewhere: boolean;
}

/** The lines of `listing` that are wanted. */
export function wantedEntries(listing: string, { tables, forElsewhere }: Wanted): string {
  const keys = tables && [...tables].map(dataKey);
  const lines = listing.split("\n").filter((line) => {
    const what = ENTRY.exec(line)?.[1];
    if (what === undefined) return false;
    if (forElsewhere && NOT_ELSEWHERE.some((kind) => what.startsWith(kind))) return false;
    // A name with a blank may be read as two: then more is restored than was asked for, never less.
    return !keys || !what.startsWith(TABLE_DATA) || keys.some((key) => what.startsWith(key));
  });
  return `${lines.join("\n")}\n`;
}

/** Tables that have rows by the manifest and none in the list, in words. */
export function missingData(listing: string, tables: readonly BackupTable[]): readonly string[] {
  const entries = listing.split("\n").flatMap((line) => ENTRY.exec(line)?.[1] ?? []);
  return tables
    .filter(({ rows }) => rows !== null && rows > 0)
    .filter(({ name }) => !entries.some((entry) => entry.startsWith(dataKey(name))))
    .map(({ name }) => `${name}: its rows are not in the archive`);
}

/** How the entry of a table's rows begins; the owner follows. */
function dataKey(name: string): string {
  const dot = name.indexOf(".");
  return `${TABLE_DATA}${name.slice(0, dot)} ${name.slice(dot + 1)} `;
}
