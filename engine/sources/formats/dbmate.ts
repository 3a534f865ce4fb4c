// dbmate: one file with `-- migrate:up` and `-- migrate:down`, in the bytewise order of the names.
import type { MigrationFile } from "../migration.ts";
import type { Text } from "../readText.ts";
import { isTopLevel, type Format } from "./format.ts";
import { readEach, type FileOutcome } from "./numbered.ts";
import { textOrder } from "./order.ts";
import { keepSections, sectionChecksum, type Section } from "./sections.ts";

/** Leading digits are the version, whatever follows. */
const NAME = /^(\d+)(.*)\.sql$/;
const MARK = /^--\s*migrate:(up|down)(?:[ \t]+(\S.*))?[ \t]*\r?$/gm;

interface Block extends Section {
  readonly direction: string;
  readonly options: string;
}

export const dbmate: Format = {
  name: "dbmate",
  recognize: (folder, read) => {
    for (const file of folder.files.filter((one) => isTopLevel(one) && NAME.test(one))) {
      if (/^--\s*migrate:up\b/m.test(read(file))) return `${file} has "-- migrate:up"`;
    }
    return undefined;
  },
  read: (folder) => {
    const names = folder.files.flatMap((file) => {
      const [, version = "", rest = ""] = isTopLevel(file) ? (NAME.exec(file) ?? []) : [];
      return version === "" ? [] : [{ file, version, name: rest.replace(/^[_-]/, "") }];
    });
    return readEach(folder, names, toMigration);
  },
};

function toMigration(
  {
    file,
    version,
    name,
  }: { readonly file: string; readonly version: string; readonly name: string },
  text: Text,
): FileOutcome {
  const blocks = findBlocks(text.sql);
  const ups = blocks.filter(({ direction }) => direction === "up");
  const downs = blocks.filter(({ direction }) => direction === "down");
  const [first] = ups;
  if (!first) return { kind: "section", text: `has no "-- migrate:up"; dbmate refuses it, too` };
  const before = text.sql.slice(0, first.start).split("\n").slice(0, -1);
  if (before.some((line) => !/^\s*(--.*)?$/.test(line))) {
    return { kind: "section", text: `has statements before "-- migrate:up"; move them below it` };
  }
  const migration: MigrationFile = {
    number: version,
    order: textOrder(file),
    name,
    path: text.path,
    sql: keepSections(text.sql, ups),
    checksum: sectionChecksum(text, ups),
    down: { path: text.path, sql: keepSections(text.sql, downs) },
    verify: undefined,
    foreign: {
      format: "dbmate",
      version,
      outsideTransaction: ups.some(({ options }) => /(^|\s)transaction:false(\s|$)/.test(options)),
    },
  };
  return migration;
}

function findBlocks(sql: string): Block[] {
  const marks = [...sql.matchAll(MARK)];
  return marks.map((mark, at) => ({
    direction: mark[1] ?? "",
    options: mark[2] ?? "",
    start: mark.index,
    end: marks[at + 1]?.index ?? sql.length,
  }));
}
