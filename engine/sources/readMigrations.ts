// Reads a folder of migrations from disk and tells all of its faults at once.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { LockstepError } from "../errors/lockstepError.ts";
import { hasSql } from "../sql/blank.ts";
import { decodeSql } from "./decodeSql.ts";
import { foldersError } from "./faultReport.ts";
import { ACCEPTED_FORMS, isSqlFile, parseFileName } from "./fileNames.ts";
import { groupFiles, type Fault, type FileGroup, type NamedFile } from "./folderFaults.ts";
import type { MigrationFile, SqlFile } from "./migration.ts";

/** Where migrations come from; other formats than the numbered folder fit in here. */
export interface MigrationSource {
  /** All migrations in ascending order. Throws LockstepError `MIGRATION_FILES`. */
  read(): Promise<readonly MigrationFile[]>;
}

/** Twice as quick for small files as its sister in fs/promises, which opens a handle object for each. */
const readFile = promisify(fs.readFile);

/** Files open at a time: far below the usual limit of 1,024 descriptors. */
const CONCURRENT_READS = 32;

/** The numbered folder `dir` as a source. */
export function openFolder(dir: string): MigrationSource {
  return { read: () => readMigrations(dir) };
}

/**
 * The migrations in `dir`, in the order of their numbers. An empty folder has none. Files that do
 * not end in `.sql`, hidden ones and subfolders are ignored; symbolic links to files are followed.
 *
 * @throws LockstepError `MIGRATION_FILES` that lists every fault of the folder.
 */
export async function readMigrations(dir: string): Promise<readonly MigrationFile[]> {
  const { named, faults } = sortNames(await listSqlFiles(dir));
  const { groups, faults: pairing } = groupFiles(named);
  const outcomes = await mapLimited(groups, CONCURRENT_READS, (group) => readGroup(dir, group));
  const all = [...faults, ...pairing, ...outcomes.flatMap((outcome) => outcome.faults)];
  if (all.length > 0) throw foldersError(dir, all);
  return outcomes.flatMap((outcome) => outcome.file ?? []);
}

async function listSqlFiles(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries
      .filter((entry) => isSqlFile(entry.name) && !entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    throw folderUnreadable(dir, error);
  }
}

function folderUnreadable(dir: string, error: unknown): LockstepError {
  const code = errorCode(error);
  const missing = code === "ENOENT";
  return new LockstepError(
    "MIGRATION_FILES",
    missing ? `there is no migrations folder "${dir}"` : `cannot read the folder "${dir}": ${code}`,
    {
      where: path.resolve(dir),
      likely: missing
        ? "the command runs in another folder than the project's, or there is no migration yet"
        : "it is not a folder, or its permissions keep this user out",
      next: missing
        ? "name the folder with --migrations DIR, or make the first one: lockstep new create_customers"
        : `ls -ld "${dir}"`,
      cause: error,
    },
  );
}

function sortNames(fileNames: readonly string[]): { named: NamedFile[]; faults: Fault[] } {
  const named: NamedFile[] = [];
  const faults: Fault[] = [];
  for (const fileName of fileNames) {
    const parts = parseFileName(fileName);
    if (parts) named.push({ ...parts, fileName });
    else
      faults.push({
        kind: "name",
        file: fileName,
        text: `fits no accepted form; rename it: ${ACCEPTED_FORMS}`,
      });
  }
  return { named, faults };
}

async function readGroup(
  dir: string,
  group: FileGroup,
): Promise<{ file?: MigrationFile; faults: Fault[] }> {
  const faults: Fault[] = [];
  const read = async (
    file: NamedFile | undefined,
  ): Promise<(SqlFile & { sum: string }) | undefined> => {
    if (!file) return undefined;
    const outcome = await readText(path.join(dir, file.fileName));
    if (!("fault" in outcome)) return outcome;
    faults.push({ ...outcome.fault, file: file.fileName });
    return undefined;
  };
  const up = await read(group.up);
  const down = await read(group.down);
  const verify = await read(group.verify);
  if (up && !hasSql(up.sql)) {
    faults.push({
      kind: "empty",
      file: group.up.fileName,
      text: "holds no SQL; write it or remove it",
    });
  }
  if (!up || faults.length > 0) return { faults };
  const { number, order, name } = group.up;
  const companion = (file: SqlFile | undefined) => file && { path: file.path, sql: file.sql };
  return {
    file: {
      number,
      order,
      name,
      path: up.path,
      sql: up.sql,
      checksum: up.sum,
      down: companion(down),
      verify: companion(verify),
    },
    faults,
  };
}

type Text = SqlFile & { readonly sum: string };

async function readText(file: string): Promise<Text | { fault: Pick<Fault, "kind" | "text"> }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return { fault: { kind: "unreadable", text: unreadable(errorCode(error)) } };
  }
  const decoded = decodeSql(bytes);
  if ("fault" in decoded) return { fault: { kind: "encoding", text: decoded.fault } };
  const sum = createHash("sha256").update(bytes).digest("hex");
  return { path: file, sql: decoded.text, sum };
}

function unreadable(code: string): string {
  if (code === "ELOOP") return "is a symbolic link that leads back to itself; remove it";
  if (code === "ENOENT") return "is a symbolic link to nothing; restore what it names or remove it";
  if (code === "EACCES") return "cannot be read by this user; give it read permission";
  if (code === "EISDIR") return "is a folder; rename it";
  return `cannot be read (${code})`;
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
