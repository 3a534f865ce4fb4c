// node-pg-migrate: SQL files with `-- Up Migration` and `-- Down Migration`, by the number they begin with.
import type { MigrationFile } from "../migration.ts";
import { readCompanion, type Text } from "../readText.ts";
import { isTopLevel, type Folder, type Format } from "./format.ts";
import { codeStep, readEach, type FileOutcome } from "./numbered.ts";
import { textOrder } from "./order.ts";
import { keepSections, sectionChecksum, type Section } from "./sections.ts";

/** The name up to the last ending is what the tool's table has. */
const NAME = /^((\d{1,20})[_-]?(.*?))(\.up|\.down)?\.(sql|js|cjs|mjs|ts|cts|mts)$/;
const UP_MARK = /^\s*--[\s-]*up\s+migration/im;
const DOWN_MARK = /^\s*--[\s-]*down\s+migration/im;
/** Digits of a prefix that is a date in UTC down to the millisecond. */
const UTC_DIGITS = 17;

interface Name {
  readonly file: string;
  /** As the tool's table has it. */
  readonly id: string;
  readonly number: string;
  readonly name: string;
  readonly role: string | undefined;
  readonly extension: string;
}

export const nodePgMigrate: Format = {
  name: "node-pg-migrate",
  recognize: (folder, read) => {
    for (const { file, extension } of namesOf(folder)) {
      const text = read(file);
      const isMarked = extension === "sql" && UP_MARK.test(text);
      if (isMarked) return `${file} has "-- Up Migration"`;
      if (extension !== "sql" && /\bpgm\b/.test(text)) return `${file} uses node-pg-migrate's pgm`;
    }
    return undefined;
  },
  read: (folder) => {
    const names = namesOf(folder);
    const downs = new Map(
      names.filter(({ role }) => role === ".down").map((name) => [name.id, name]),
    );
    const ups = names.filter(({ role }) => role !== ".down");
    return readEach(folder, ups, (name, text) =>
      toMigration(folder, { name, text, down: downs.get(name.id) }),
    );
  },
};

function namesOf(folder: Folder): Name[] {
  return folder.files.flatMap((file) => {
    const [, id, number, name, role, extension] = isTopLevel(file) ? (NAME.exec(file) ?? []) : [];
    if (id === undefined || number === undefined || extension === undefined) return [];
    return [{ file, id, number, name: name ?? "", role, extension }];
  });
}

/** By the number's value (a date's in ms), then by name. */
function orderOf({ number, file }: Name): bigint {
  return (valueOf(number) << 512n) + textOrder(file);
}

function valueOf(number: string): bigint {
  if (number.length !== UTC_DIGITS) return BigInt(number);
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/.exec(number) ?? [];
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0] =
    parts.map(Number);
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  return Number.isNaN(time) ? BigInt(number) : BigInt(time);
}

function toMigration(
  folder: Folder,
  given: { readonly name: Name; readonly text: Text; readonly down: Name | undefined },
): FileOutcome {
  const { name, text } = given;
  const { number, id } = name;
  const facts = { format: "node-pg-migrate", version: id } as const;
  const place = { number, order: orderOf(name), name: name.name };
  if (name.extension !== "sql") {
    const code = /ts$/.test(name.extension) ? "TypeScript" : "JavaScript";
    return codeStep(text, place, { ...facts, code });
  }
  const { ups, downs } = findSections(text.sql);
  const own = downs && { path: text.path, sql: keepSections(text.sql, downs) };
  const migration: MigrationFile = {
    ...place,
    path: text.path,
    sql: keepSections(text.sql, ups),
    checksum: sectionChecksum(text, ups),
    down: given.down ? readCompanion(folder, given.down.file) : own,
    verify: undefined,
    foreign: { ...facts, outsideTransaction: false },
  };
  return migration;
}

/** Without marks the whole file is the up section; the two may stand in either order. */
function findSections(sql: string): { readonly ups: Section[]; readonly downs?: Section[] } {
  const up = sql.search(UP_MARK);
  const down = sql.search(DOWN_MARK);
  const { length } = sql;
  const ups =
    up < 0 ? [{ start: 0, end: length }] : [{ start: up, end: down < up ? length : down }];
  if (down < 0) return { ups };
  return { ups, downs: [{ start: down, end: up < down ? length : up }] };
}
