// Flyway: V (versioned), U (undo) and R (repeatable) files in any subfolder, in the order of the versions.
import path from "node:path";
import type { Fault } from "../folderFaults.ts";
import type { ForeignFacts, MigrationFile } from "../migration.ts";
import { readCompanion, readText, type Text } from "../readText.ts";
import { baseName, type Folder, type Format } from "./format.ts";
import { codeStep, readEach, type FileOutcome } from "./numbered.ts";
import { repeatableOrder, versionOrder } from "./order.ts";

/** Prefix, version (its parts divided by dots or single underscores), `__`, description, ending. */
const NAME = /^([VURB])(\d+(?:[._]\d+)*)?(?:__(.*?))?\.([A-Za-z0-9]+)$/;
/** What Flyway runs around the migrations by itself. */
const CALLBACK = /^(before|after|create|undo)[A-Z][A-Za-z]*(__.*)?\.[a-z]+$/;

/** Endings of files that Flyway runs and lockstep cannot. */
const CODE: Readonly<Record<string, string>> = {
  java: "Java",
  kt: "Kotlin",
  sh: "shell",
  bash: "shell",
  ps1: "PowerShell",
  bat: "batch",
  cmd: "batch",
  py: "Python",
};

interface Name {
  readonly file: string;
  readonly kind: string;
  /** With dots; empty for repeatable files. */
  readonly version: string;
  readonly name: string;
  readonly extension: string;
}

export const flyway: Format = {
  name: "flyway",
  recognize: (folder) => {
    const first = namesOf(folder).find(({ kind }) => kind === "V");
    return first && `${first.file} is named as Flyway names files`;
  },
  read: (folder) => {
    const names = namesOf(folder);
    const undo = new Map(
      names.filter(({ kind }) => kind === "U").map((name) => [orderOf(name), name]),
    );
    const faults = folder.files.flatMap(unsupported);
    const runnable = names.filter(({ kind }) => kind === "V" || kind === "R");
    const content = readEach(folder, runnable, (name, text) => {
      const conf = readConf(folder, name);
      if ("fault" in conf) return conf.fault;
      return toMigration(folder, { name, text, conf, undo: undo.get(orderOf(name)) });
    });
    return { files: content.files, faults: [...faults, ...content.faults] };
  },
};

function namesOf(folder: Folder): Name[] {
  return folder.files.flatMap((file) => {
    const [, kind = "", version = "", name = "", extension = ""] = NAME.exec(baseName(file)) ?? [];
    if (kind === "" || (kind === "R") !== (version === "")) return [];
    if (extension !== "sql" && !(extension in CODE)) return [];
    return [{ file, kind, version: version.replaceAll("_", "."), name, extension }];
  });
}

function unsupported(file: string): Fault[] {
  const base = baseName(file);
  if (/^B\d.*\.sql$/.test(base)) {
    const text =
      "is a baseline migration, which lockstep does not know; keep the versions that it sums up, and move it out";
    return [{ kind: "unsupported", file, text }];
  }
  if (!CALLBACK.test(base)) return [];
  const text = "is a callback, which lockstep would not call; move it out of the folder";
  return [{ kind: "unsupported", file, text }];
}

/** The version's place; repeatable files have none among them. */
function orderOf({ kind, version, name }: Name): bigint | undefined {
  return kind === "R" ? repeatableOrder(name) : versionOrder(version);
}

/** What stands in `V1__name.sql.conf`. */
interface Conf {
  readonly outsideTransaction: boolean;
  readonly literal: boolean;
}

function readConf(
  folder: Folder,
  { file }: Name,
): Conf | { readonly fault: Pick<Fault, "kind" | "text"> } {
  const conf = `${file}.conf`;
  if (!folder.files.includes(conf)) return { outsideTransaction: false, literal: false };
  const text = readText(path.join(folder.dir, conf));
  if ("fault" in text) return text;
  const values = new Map(
    text.sql.split(/\r?\n/).flatMap((line): [string, string][] => {
      const [, key, value] = /^\s*([\w.]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value.toLowerCase()]];
    }),
  );
  if (values.has("shouldExecute"))
    return {
      fault: {
        kind: "unsupported",
        text: `has shouldExecute in ${conf}, which lockstep does not evaluate`,
      },
    };
  return {
    outsideTransaction: values.get("executeInTransaction") === "false",
    literal: values.get("placeholderReplacement") === "false",
  };
}

function toMigration(
  folder: Folder,
  given: {
    readonly name: Name;
    readonly text: Text;
    readonly conf: Conf;
    readonly undo: Name | undefined;
  },
): FileOutcome {
  const { name, text, conf } = given;
  const order = orderOf(name);
  if (order === undefined)
    return { kind: "name", text: "has a version of more than 8 parts or 20 digits a part" };
  const isRepeatable = name.kind === "R";
  const label = isRepeatable ? "R" : name.version;
  const title = name.name === "" ? baseName(name.file) : name.name;
  const foreign: ForeignFacts = {
    format: "flyway",
    version: isRepeatable ? title : name.version,
    ...conf,
  };
  const code = CODE[name.extension];
  if (code !== undefined)
    return codeStep(
      text,
      { number: label, order, name: title },
      { ...foreign, format: "flyway", code },
    );
  const migration: MigrationFile = {
    number: label,
    order,
    name: title,
    path: text.path,
    sql: text.sql,
    checksum: text.sum,
    down: given.undo?.extension === "sql" ? readCompanion(folder, given.undo.file) : undefined,
    verify: undefined,
    foreign,
    ...(isRepeatable ? { repeatable: true } : {}),
  };
  return migration;
}
