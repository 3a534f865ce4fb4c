// Of which tables a backup takes a checksum of all values: it costs about as much as the dump of the table does.
import { type FoundTable, tableName } from "./contents.ts";
import type { BackupTable } from "./manifest.ts";

/** Of all tables, of none, or of those up to so many bytes. */
export type ValueChecks = "all" | "none" | number;

/**
 * What holds unless told otherwise, bytes: at the 30 MB a second that one session reads and hashes on a small machine this is half a
 * minute for a table.
 */
export const DEFAULT_VALUE_CHECKS = 1024 ** 3;

/** Whether the values of `table` are to be read for a backup. */
export function isCheckedBy(checks: ValueChecks = DEFAULT_VALUE_CHECKS) {
  return ({ bytes }: Pick<FoundTable, "bytes">): boolean =>
    checks === "all" || (checks !== "none" && bytes <= checks);
}

/** Whether the values of a table are to be read to be held against `expected`: where there are some. */
export function isCheckedIn(expected: readonly BackupTable[]) {
  const names = new Set(
    expected.filter(({ checksum }) => checksum !== undefined).map(({ name }) => name),
  );
  return (table: FoundTable): boolean => names.has(tableName(table));
}
