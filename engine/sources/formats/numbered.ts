// What the tools share that number single files: reading each, and duplicates.
import path from "node:path";
import type { Fault } from "../folderFaults.ts";
import type { ForeignFacts, MigrationFile } from "../migration.ts";
import { readText, type Text } from "../readText.ts";
import type { Folder, FolderContent } from "./format.ts";

/** What became of one file: a migration, a fault, or nothing. */
export type FileOutcome = MigrationFile | Pick<Fault, "kind" | "text"> | undefined;

/** Reads each of `names` and makes a migration of it; faults name the file. */
export function readEach<T extends { readonly file: string }>(
  folder: Folder,
  names: readonly T[],
  toMigration: (name: T, text: Text) => FileOutcome,
): FolderContent {
  const outcomes = names.map((name) => {
    const text = readText(path.join(folder.dir, name.file));
    return "fault" in text ? text.fault : toMigration(name, text);
  });
  const faults: Fault[] = [];
  const files: MigrationFile[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome === undefined) continue;
    if ("kind" in outcome) faults.push({ ...outcome, file: names[index]?.file ?? "" });
    else files.push(outcome);
  }
  return inOrder(files, faults);
}

/** `files` in their order, with a fault for each that has another one's place. */
function inOrder(files: readonly MigrationFile[], faults: readonly Fault[]): FolderContent {
  const ordered = files.toSorted((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  const seen = new Map<string, MigrationFile>();
  const doubled = ordered.flatMap((file, at): Fault[] => {
    const version = file.foreign?.version ?? "";
    const neighbour = ordered[at - 1];
    const before = neighbour?.order === file.order ? neighbour : seen.get(version);
    seen.set(version, file);
    if (!before) return [];
    const text = `has the same version as ${before.path}; give one of them another`;
    return [{ kind: "duplicate", file: file.path, text }];
  });
  return { files: ordered, faults: [...faults, ...doubled] };
}

/** A step that is code: it stands in the order, and lockstep stops before it. */
export function codeStep(
  text: Text,
  step: Pick<MigrationFile, "number" | "order" | "name">,
  facts: Pick<ForeignFacts, "format" | "version"> & { readonly code: string },
): MigrationFile {
  const { number, order, name } = step;
  return {
    number,
    order,
    name,
    path: text.path,
    sql: "",
    checksum: text.sum,
    down: undefined,
    verify: undefined,
    foreign: { ...facts, outsideTransaction: false },
  };
}
