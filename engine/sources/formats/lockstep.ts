// lockstep's own form: NN_name_up.sql with its companions, and R_name.sql.
import path from "node:path";
import { hasSql } from "../../sql/blank.ts";
import { ACCEPTED_FORMS, isSqlFile, parseFileName, REPEATABLE_FORM } from "../fileNames.ts";
import { groupFiles, type Fault, type FileGroup, type NamedFile } from "../folderFaults.ts";
import type { MigrationFile, SqlFile } from "../migration.ts";
import { readText } from "../readText.ts";
import { isTopLevel, type FolderContent, type Format } from "./format.ts";
import { repeatableOrder } from "./order.ts";

export const lockstep: Format = {
  name: "lockstep",
  recognize: (folder) => {
    const first = folder.files.find(
      (file) => isTopLevel(file) && parseFileName(file) !== undefined,
    );
    return first && `${first} is named as lockstep names files`;
  },
  read: (folder) =>
    readOwnFiles(
      folder.dir,
      folder.files.filter((file) => isTopLevel(file) && isSqlFile(file)),
    ),
};

function readOwnFiles(dir: string, fileNames: readonly string[]): FolderContent {
  const { named, repeatables, faults } = sortNames(fileNames);
  const { groups, faults: pairing } = groupFiles(named);
  const outcomes = groups.map((group) => readGroup(dir, group));
  const repeated = repeatables.map((name) => readRepeatable(dir, name));
  const all = [...outcomes, ...repeated];
  return {
    files: all.flatMap((outcome) => outcome.file ?? []),
    faults: [...faults, ...pairing, ...all.flatMap((outcome) => outcome.faults)],
  };
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

function readGroup(dir: string, group: FileGroup): { file?: MigrationFile; faults: Fault[] } {
  const faults: Fault[] = [];
  const read = (file: NamedFile | undefined): (SqlFile & { sum: string }) | undefined => {
    if (!file) return undefined;
    const outcome = readText(path.join(dir, file.fileName));
    if (!("fault" in outcome)) return outcome;
    faults.push({ ...outcome.fault, file: file.fileName });
    return undefined;
  };
  const up = read(group.up);
  const down = read(group.down);
  const verify = read(group.verify);
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

function readRepeatable(dir: string, fileName: string): { file?: MigrationFile; faults: Fault[] } {
  const text = readText(path.join(dir, fileName));
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
