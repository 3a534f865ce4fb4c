// Reads a folder of migrations, whichever tool's form it has.
import path from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import { foldersError } from "./faultReport.ts";
import { isSqlFile, parseFileName, REPEATABLE_FORM } from "./fileNames.ts";
import { alembic } from "./formats/alembic.ts";
import { dbmate } from "./formats/dbmate.ts";
import { diesel } from "./formats/diesel.ts";
import { flyway } from "./formats/flyway.ts";
import { isTopLevel, type Folder, type Format } from "./formats/format.ts";
import { golangMigrate } from "./formats/golangMigrate.ts";
import { goose } from "./formats/goose.ts";
import { lockstep } from "./formats/lockstep.ts";
import { nodePgMigrate } from "./formats/nodePgMigrate.ts";
import { prisma } from "./formats/prisma.ts";
import { listFolder } from "./listFolder.ts";
import type { FolderSpec, FormatName, MigrationFile } from "./migration.ts";
import { fillPlaceholders } from "./placeholders.ts";
import { readText } from "./readText.ts";

/** What was read. */
export interface ReadFolder {
  readonly format: FormatName;
  /** In the order in which they run on an empty database. */
  readonly files: readonly MigrationFile[];
}

const BY_NAME: Readonly<Record<FormatName, Format>> = {
  lockstep,
  "golang-migrate": golangMigrate,
  dbmate,
  goose,
  flyway,
  prisma,
  "node-pg-migrate": nodePgMigrate,
  diesel,
  alembic,
};

/**
 * Reads the folder.
 * @throws LockstepError MIGRATION_FILES that lists every fault, or the formats where it may be one of
 * several.
 */
export async function readFolder(spec: FolderSpec): Promise<ReadFolder> {
  const folder = await listFolder(spec.dir);
  const format = spec.format === undefined ? recognize(folder) : BY_NAME[spec.format];
  const { files, faults } = await format.read(folder);
  const filled = fillPlaceholders(files, spec.placeholders);
  const all = [...faults, ...filled.faults];
  if (all.length > 0) throw foldersError(spec.dir, all, hintFor(spec, folder));
  return { format: format.name, files: filled.files };
}

/** lockstep's dotted names are golang-migrate's too, which knows no gaps and needs no down files. */
function hintFor(spec: FolderSpec, folder: Folder): string | undefined {
  const isOther = golangMigrate.recognize(folder, () => "");
  if (spec.format !== undefined || isOther === undefined) return undefined;
  return "or, if these are golang-migrate's files, say so: --format golang-migrate";
}

function recognize(folder: Folder): Format {
  const sql = folder.files.filter((file) => isTopLevel(file) && isSqlFile(file));
  const isOwn = (file: string) => parseFileName(file) !== undefined || REPEATABLE_FORM.test(file);
  // The common case needs no look into the files.
  if (sql.length > 0 && sql.every(isOwn)) return lockstep;
  const read = (file: string) => {
    const text = readText(path.join(folder.dir, file));
    return "fault" in text ? "" : text.sql;
  };
  const found: { readonly format: Format; readonly because: string }[] = [];
  for (const format of Object.values(BY_NAME)) {
    const because = format.recognize(folder, read);
    if (because !== undefined) found.push({ format, because });
  }
  const [first, ...others] = found;
  if (!first) return lockstep;
  if (others.length === 0) return first.format;
  // Its dotted names are lockstep's too; gaps and missing down files are what sets them apart.
  if (others.length === 1 && first.format === lockstep && others[0]?.format === golangMigrate)
    return golangMigrate;
  throw new LockstepError("MIGRATION_FILES", "The folder may have more than one format", {
    where: folder.dir,
    seen: found.map(({ format, because }) => `${format.name}: ${because}`).join("\n"),
    next: `say which: lockstep:migrations with dir and format in the stack's config, or --format ${first.format.name}`,
  });
}
