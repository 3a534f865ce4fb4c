// Reads a folder of lockstep's own form from disk and tells all of its faults at once.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import { hasSql } from "../sql/blank.ts";
import { foldersError } from "./faultReport.ts";
import { ACCEPTED_FORMS, isSqlFile, parseFileName, REPEATABLE_FORM } from "./fileNames.ts";
import { groupFiles, type Fault, type FileGroup, type NamedFile } from "./folderFaults.ts";
import type { FolderContent } from "./formats/format.ts";
import { repeatableOrder } from "./formats/order.ts";
import type { MigrationFile, SqlFile } from "./migration.ts";
import { errorCode, mapFiles, readText } from "./readText.ts";

/**
 * The migrations in `dir`, in the order of their numbers. An empty folder has none. Files that do
 * not end in `.sql`, hidden ones and subfolders are ignored; symbolic links to files are followed.
 *
 * @throws LockstepError `MIGRATION_FILES` that lists every fault of the folder.
 */
export async function readMigrations(dir: string): Promise<readonly MigrationFile[]> {
  const { files, faults } = await readOwnFiles(dir, await listSqlFiles(dir));
  if (faults.length > 0) throw foldersError(dir, faults);
  return files;
}

/** The same from a list of the folder's SQL files, with its faults. */
export async function readOwnFiles(
  dir: string,
  fileNames: readonly string[],
): Promise<FolderContent> {
  const { named, repeatables, faults } = sortNames(fileNames);
  const { groups, faults: pairing } = groupFiles(named);
  const outcomes = await mapFiles(groups, (group) => readGroup(dir, group));
  const repeated = await mapFiles(repeatables, (name) => readRepeatable(dir, name));
  const all = [...outcomes, ...repeated];
  return {
    files: all.flatMap((outcome) => outcome.file ?? []),
    faults: [...faults, ...pairing, ...all.flatMap((outcome) => outcome.faults)],
  };
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

/** The error for a folder that cannot be listed. */
export function folderUnreadable(dir: string, error: unknown): LockstepError {
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

function sortNames(fileNames: readonly string[]): {
  named: NamedFile[];
  repeatables: string[];
  faults: Fault[];
} {
  const named: NamedFile[] = [];
  const repeatables: string[] = [];
  const faults: Fault[] = [];
  for (const fileName of fileNames) {
    const parts = parseFileName(fileName);
    if (parts) named.push({ ...parts, fileName });
    else if (REPEATABLE_FORM.test(fileName)) repeatables.push(fileName);
    else
      faults.push({
        kind: "name",
        file: fileName,
        text: `fits no accepted form; rename it: ${ACCEPTED_FORMS}`,
      });
  }
  return { named, repeatables, faults };
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

async function readRepeatable(
  dir: string,
  fileName: string,
): Promise<{ file?: MigrationFile; faults: Fault[] }> {
  const text = await readText(path.join(dir, fileName));
  if ("fault" in text) return { faults: [{ ...text.fault, file: fileName }] };
  if (!hasSql(text.sql)) {
    const said = "holds no SQL; write it or remove it";
    return { faults: [{ kind: "empty", file: fileName, text: said }] };
  }
  const [, name = ""] = REPEATABLE_FORM.exec(fileName) ?? [];
  const file: MigrationFile = {
    number: "R",
    order: repeatableOrder(name),
    name,
    path: text.path,
    sql: text.sql,
    checksum: text.sum,
    down: undefined,
    verify: undefined,
    repeatable: true,
  };
  return { file, faults: [] };
}
