// goose: one file with `-- +goose Up` and `-- +goose Down`, in the order of the numbers; `.go` files are code.
import type { MigrationFile } from "../migration.ts";
import type { Text } from "../readText.ts";
import { isTopLevel, type Folder, type Format } from "./format.ts";
import { codeStep, readEach, type FileOutcome } from "./numbered.ts";
import { keepSections, sectionChecksum, type Section } from "./sections.ts";

/** The number ends at the first underscore and is at least 1; other files are passed over. */
const NAME = /^(\d{1,19})_(.*)\.(sql|go)$/;
/** Not indented; in any case. StatementBegin and StatementEnd only tell goose's own splitter where a statement ends. */
const MARK = /^--\s*\+goose\s+(\S.*?)\s*$/gim;

interface Name {
  readonly file: string;
  readonly number: string;
  readonly name: string;
  readonly isCode: boolean;
}

export const goose: Format = {
  name: "goose",
  recognize: (folder, read) => {
    for (const { file } of namesOf(folder).filter(({ isCode }) => !isCode)) {
      if (/^--\s*\+goose\s+up\s*$/im.test(read(file))) return `${file} has "-- +goose Up"`;
    }
    return undefined;
  },
  read: (folder) => {
    return readEach(folder, namesOf(folder), (name, text) =>
      name.isCode ? goStep(name, text) : toMigration(name, text),
    );
  },
};

function namesOf(folder: Folder): Name[] {
  return folder.files.flatMap((file) => {
    const [, number = "0", name = "", extension] = isTopLevel(file) ? (NAME.exec(file) ?? []) : [];
    if (BigInt(number) < 1n || file.endsWith("_test.go")) return [];
    return [{ file, number, name, isCode: extension === "go" }];
  });
}

const versionOf = ({ number }: Name) => BigInt(number).toString();

function goStep(name: Name, text: Text): FileOutcome {
  const place = { ...name, order: BigInt(name.number) };
  return codeStep(text, place, { format: "goose", version: versionOf(name), code: "Go" });
}

function toMigration(name: Name, text: Text): FileOutcome {
  const marks = [...text.sql.matchAll(MARK)].map((mark) => ({
    at: mark.index,
    word: (mark[1] ?? "").toLowerCase(),
  }));
  if (marks.some(({ word }) => word === "envsub on")) {
    return {
      kind: "section",
      text: `takes values from the environment (ENVSUB ON); use lockstep's placeholders instead`,
    };
  }
  const up = marks.find(({ word }) => word === "up");
  const down = marks.find(({ word }) => word === "down");
  if (!up) return { kind: "section", text: `has no "-- +goose Up"; goose refuses it, too` };
  const ups: readonly Section[] = [{ start: up.at, end: down?.at ?? text.sql.length }];
  const downs: readonly Section[] = down ? [{ start: down.at, end: text.sql.length }] : [];
  const migration: MigrationFile = {
    number: name.number,
    order: BigInt(name.number),
    name: name.name,
    path: text.path,
    sql: keepSections(text.sql, ups),
    checksum: sectionChecksum(text, ups),
    down: down && { path: text.path, sql: keepSections(text.sql, downs) },
    verify: undefined,
    foreign: {
      format: "goose",
      version: versionOf(name),
      outsideTransaction: marks.some(({ word }) => word === "no transaction"),
    },
  };
  return migration;
}
