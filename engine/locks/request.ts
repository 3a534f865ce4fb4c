// What a statement will lock, as far as its text tells; the catalogue tells the rest.
import type { LockMode } from "./modes.ts";

/**
 * Which other relations the lock of one brings along (ENGINE.md rule 12):
 * - `family`: tables that inherit from it, its partitions
 * - `index`: the table of an index
 * - `dropTable`: family, views on it, a partition's parent and its default partition, both ends of its foreign keys
 * - `dropColumn`, `dropConstraint`: family, views on the column, and what foreign keys of that name or column refer to
 * - `partition`: the default partition, whose rows are looked at
 */
export type LockReach =
  "none" | "family" | "index" | "dropTable" | "dropColumn" | "dropConstraint" | "partition";

/** One relation that a statement locks. */
export interface LockRequest {
  readonly schema?: string;
  readonly name: string;
  readonly mode: LockMode;
  readonly reach: LockReach;
  /** The column's or constraint's name, for the reaches that need one. */
  readonly detail?: string;
}
