// golang-migrate: `1_name.up.sql` and `1_name.down.sql`, in the order of the numbers (source/parse.go).
import type { MigrationFile } from "../migration.ts";
import { readCompanion } from "../readText.ts";
import { baseName, isTopLevel, type Format } from "./format.ts";
import { codeStep, readEach } from "./numbered.ts";

/** The tool takes any ending; only `.sql` can be read here. */
const NAME = /^(\d{1,20})_(.*)\.(up|down)\.([^.]+)$/;

interface Name {
  readonly file: string;
  readonly number: string;
  readonly name: string;
  readonly extension: string;
}

function parseName(file: string, direction: "up" | "down"): Name | undefined {
  const [, number, name, role, extension = ""] = NAME.exec(baseName(file)) ?? [];
  if (number === undefined || name === undefined || role !== direction) return undefined;
  return { file, number, name, extension };
}

/** A number without leading zeros, as the tool's table has it. */
const versionOf = ({ number }: Name) => BigInt(number).toString();

export const golangMigrate: Format = {
  name: "golang-migrate",
  recognize: (folder) => {
    const ups = folder.files.filter(isTopLevel).flatMap((file) => parseName(file, "up") ?? []);
    const [first] = ups;
    return first && `${first.file} is named as golang-migrate names files`;
  },
  read: (folder) => {
    const top = folder.files.filter(isTopLevel);
    const downs = new Map(
      top.flatMap((file) => parseName(file, "down") ?? []).map((name) => [versionOf(name), name]),
    );
    const ups = top.flatMap((file) => parseName(file, "up") ?? []);
    return readEach(folder, ups, (up, text) => {
      const version = versionOf(up);
      const place = { number: up.number, order: BigInt(up.number), name: up.name };
      if (up.extension !== "sql")
        return codeStep(text, place, { format: "golang-migrate", version, code: up.extension });
      const migration: MigrationFile = {
        number: up.number,
        order: BigInt(up.number),
        name: up.name,
        path: text.path,
        sql: text.sql,
        checksum: text.sum,
        down: readCompanion(folder, downs.get(version)?.file),
        verify: undefined,
        // A file is sent in one piece, so it is one transaction unless it holds what cannot be.
        foreign: { format: "golang-migrate", version, outsideTransaction: false },
      };
      return migration;
    });
  },
};
