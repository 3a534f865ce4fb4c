// Whether a file is applied as it is.
import type { AppliedMigration } from "../ledger/ledger.ts";
import type { MigrationFile } from "../sources/migration.ts";

/** What of a file decides it. */
type Compared = Pick<MigrationFile, "checksum" | "repeatable" | "substituted">;

/**
 * Whether `row` says that nothing of `file` is left to do. A repeatable file that changed, in its text
 * or in the values of its placeholders, is to run again.
 */
export function isDone(file: Compared, row: AppliedMigration | undefined): boolean {
  if (row?.state !== "applied") return false;
  if (!file.repeatable) return true;
  return row.checksum === file.checksum && row.substituted === (file.substituted ?? null);
}
