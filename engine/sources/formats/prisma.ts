// Prisma: a folder for each migration with `migration.sql`, in the bytewise order of the folders' names.
import path from "node:path";
import type { Fault } from "../folderFaults.ts";
import type { MigrationFile } from "../migration.ts";
import { readText } from "../readText.ts";
import { isTopLevel, type Folder, type Format } from "./format.ts";
import { readEach } from "./numbered.ts";
import { textOrder } from "./order.ts";

const MIGRATION = /^([^/]+)\/migration\.sql$/;
const LOCK = "migration_lock.toml";

export const prisma: Format = {
  name: "prisma",
  recognize: (folder) => {
    const first = folder.files.find((file) => MIGRATION.test(file));
    return first && `${first} lies as Prisma lays files`;
  },
  read: (folder) => {
    const faults = [...lockFaults(folder), ...emptyFolders(folder)];
    const names = folder.files.flatMap((file) => {
      const [, name] = MIGRATION.exec(file) ?? [];
      return name === undefined ? [] : [{ file, name }];
    });
    const content = readEach(folder, names, ({ name }, text) => {
      const [, number = name, title = ""] = /^(\d+)_(.*)$/.exec(name) ?? [];
      const isTaken = names.some(
        (other) => other.name !== name && other.name.startsWith(`${number}_`),
      );
      const migration: MigrationFile = {
        ...(isTaken ? { number: name, name: "" } : { number, name: title }),
        order: textOrder(name),
        path: text.path,
        sql: text.sql,
        checksum: text.sum,
        down: undefined,
        verify: undefined,
        // A file is sent in one piece, so it is one transaction unless it holds what cannot be.
        foreign: { format: "prisma", version: name, outsideTransaction: false },
      };
      return migration;
    });
    return { files: content.files, faults: [...faults, ...content.faults] };
  },
};

function lockFaults(folder: Folder): Fault[] {
  if (!folder.files.includes(LOCK)) return [];
  const text = readText(path.join(folder.dir, LOCK));
  const provider =
    "fault" in text ? undefined : /^\s*provider\s*=\s*"([^"]*)"/m.exec(text.sql)?.[1];
  if (provider === undefined || /^(postgres|postgresql|cockroachdb)$/.test(provider)) return [];
  const said = `says that the files are for ${provider}; lockstep applies them to PostgreSQL`;
  return [{ kind: "unsupported", file: LOCK, text: said }];
}

/** Prisma stops at a folder without its file; so does lockstep, before it could be taken for nothing. */
function emptyFolders(folder: Folder): Fault[] {
  const names = new Set(
    folder.files.filter((file) => !isTopLevel(file)).map((file) => file.split("/")[0]),
  );
  return [...names].flatMap((name): Fault[] => {
    if (name === undefined || folder.files.includes(`${name}/migration.sql`)) return [];
    return [
      {
        kind: "missing up file",
        file: name,
        text: "has no migration.sql; restore it or remove the folder",
      },
    ];
  });
}
