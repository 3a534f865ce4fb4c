// What a tool's own history table says, and what is written into it on the way back.
import type { ClientBase } from "pg";
import type { ForeignFacts, MigrationFile } from "../sources/migration.ts";

/** A tool's name. */
export type ToolName = ForeignFacts["format"];

/** What was read. */
export interface ToolReading {
  /** Versions that are applied, as the tool names them. */
  readonly applied: readonly string[];
  /** What must be put right with the tool first: a failed or half-applied file. */
  readonly faults: readonly string[];
  /** What somebody should know. */
  readonly warnings: readonly string[];
}

/** What the table is to be made to say. */
export interface ToolTarget {
  /** All files of the folder that are applied, in their order. */
  readonly applied: readonly MigrationFile[];
  /** Those of them that the table lacks. */
  readonly added: readonly MigrationFile[];
  /** Versions in the table whose files are not applied any more. */
  readonly removed: readonly string[];
  /** The folder, for tools that record paths. */
  readonly dir: string;
}

/** A tool's history table. `table` is a quoted name, or two with a dot. */
export interface ToolHistory {
  /** Where the tool keeps it unless told otherwise. */
  readonly table: string;
  /** A column that only this tool's table of that name has. */
  readonly mark: string;
  readonly read: (
    client: ClientBase,
    table: string,
    files: readonly MigrationFile[],
  ) => Promise<ToolReading>;
  /** Statements that make the table where it is missing. */
  readonly create: (table: string) => string;
  /** Statements that make the table say `target`. */
  readonly write: (table: string, target: ToolTarget) => readonly string[];
  /** It holds one version, so that what comes before must all be applied. */
  readonly isOnePoint: boolean;
}
