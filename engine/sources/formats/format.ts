// What a format of migration folders is: how it is recognised, and how its files are read.
import type { Fault } from "../folderFaults.ts";
import type { FormatName, MigrationFile } from "../migration.ts";

/** A folder of migrations as it lies on disk. */
export interface Folder {
  /** As the user gave it. */
  readonly dir: string;
  /** Paths of all files below it, with `/`, sorted bytewise; hidden ones and node_modules are left out. */
  readonly files: readonly string[];
}

/** What reading a folder found. */
export interface FolderContent {
  /** In the tool's own order. */
  readonly files: readonly MigrationFile[];
  readonly faults: readonly Fault[];
}

/** One tool's format. */
export interface Format {
  readonly name: FormatName;
  /**
   * By what the folder looks like this format: `V1__init.sql is named as Flyway names files`. Undefined
   * where nothing speaks for it.
   */
  readonly recognize: (folder: Folder, read: ReadHead) => string | undefined;
  /** Reads it all; what is wrong with a file is a fault and thrown by nobody. */
  readonly read: (folder: Folder) => FolderContent | Promise<FolderContent>;
}

/** The text of a file of the folder; empty where it cannot be read. */
export type ReadHead = (file: string) => string;

/** The last part of a path within a folder. */
export function baseName(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}

/** Whether a file lies in the folder itself. */
export function isTopLevel(file: string): boolean {
  return !file.includes("/");
}
