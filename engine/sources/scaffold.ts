// Plans and writes the files of a new migration.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import { isTimestamp, parseFileName, type FileName } from "./fileNames.ts";
import { ensureTellingName } from "./migrationName.ts";

/** The files of a migration that is still to be written. */
export interface NewMigration {
  readonly number: string;
  readonly name: string;
  readonly files: readonly { readonly fileName: string; readonly text: string }[];
}

/** A file that is there already, with its name as it stands on disk. */
export interface ExistingFile extends FileName {
  readonly fileName: string;
}

/**
 * The migration files in `dir` by their names alone: unlike `readFolder` this takes a folder in
 * the making, with templates still empty, and one that isn't there (no files).
 */
export async function listMigrationFiles(dir: string): Promise<readonly ExistingFile[]> {
  let fileNames: string[];
  try {
    fileNames = await readdir(dir);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new LockstepError("MIGRATION_FILES", `cannot read the folder "${dir}"`, {
      where: path.resolve(dir),
      next: `ls -ld "${dir}"`,
      cause: error,
    });
  }
  return fileNames.flatMap((fileName) => {
    const parts = parseFileName(fileName);
    return parts ? [{ ...parts, fileName }] : [];
  });
}

/**
 * The next migration after `existing`: the next number in the same width (the time of `now` where
 * numbers are timestamps of 14 digits), the same form of names, templates for up and down.
 * @throws LockstepError `USAGE` for a name that says nothing, is not snake_case, is too long or taken.
 */
export function planNewMigration(
  existing: readonly ExistingFile[],
  name: string,
  now: Date = new Date(),
): NewMigration {
  ensureTellingName(name);
  const taken = existing.find((file) => file.name === name);
  if (taken) {
    throw new LockstepError(
      "USAGE",
      `there is a migration with this name already: ${taken.fileName}`,
      {
        next: "choose a name that tells the two apart",
      },
    );
  }
  const last = existing.reduce<ExistingFile | undefined>(
    (highest, file) => (highest && highest.order >= file.order ? highest : file),
    undefined,
  );
  const number = nextNumber(last, now);
  const joint = last?.fileName.endsWith(`.${last.role}.sql`) ? "." : "_";
  const fileName = (role: string) => `${number}_${name}${joint}${role}.sql`;
  return {
    number,
    name,
    files: [
      { fileName: fileName("up"), text: upTemplate(name) },
      { fileName: fileName("down"), text: downTemplate(fileName("up")) },
    ],
  };
}

/** Digits of a number like 20260131120000. */
const CLOCK_DIGITS = 14;

/** The number after `last` in the same width; where numbers are timestamps the time of `now`, if that is later. */
export function nextNumber(last: ExistingFile | undefined, now: Date): string {
  if (!last) return "01";
  const next = (last.order + 1n).toString().padStart(last.number.length, "0");
  if (!isTimestamp(last.number) || last.number.length !== CLOCK_DIGITS) return next;
  const clock = now.toISOString().replace(/\D/g, "").slice(0, CLOCK_DIGITS);
  return clock > last.number ? clock : next;
}

function upTemplate(name: string): string {
  if (/^(remove|drop)_/.test(name)) {
    return [
      "-- Contract: removes what no running version needs any more; runs last, after gate, drain, backup and approval.",
      "-- What adds something (expand) runs before the rollout and belongs in a file of its own.",
      "",
      "",
    ].join("\n");
  }
  return [
    "-- Expand: adds what the running version does not notice; runs before the rollout.",
    "-- What removes, renames or forbids something (contract) runs last and belongs in a file of its own.",
    "",
    "",
  ].join("\n");
}

function downTemplate(upName: string): string {
  return [
    `-- Undoes ${upName}.`,
    "-- If that is impossible, leave no SQL here, but a comment that says why.",
    "",
    "",
  ].join("\n");
}

/**
 * Writes the planned files into `dir`, which is made if need be, and returns their paths. Nothing
 * is overwritten; where one can't be written, none is left.
 * @throws LockstepError `MIGRATION_FILES`.
 */
export async function writeNewMigration(
  dir: string,
  plan: NewMigration,
): Promise<readonly string[]> {
  const written: string[] = [];
  try {
    await mkdir(dir, { recursive: true });
    for (const { fileName, text } of plan.files) {
      const file = path.join(dir, fileName);
      await writeFile(file, text, { flag: "wx" });
      written.push(file);
    }
    return written;
  } catch (error) {
    await Promise.all(written.map((file) => rm(file, { force: true })));
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new LockstepError("MIGRATION_FILES", `cannot write the new migration: ${code}`, {
      where: path.resolve(dir),
      likely:
        code === "EEXIST"
          ? "another `lockstep new` was quicker"
          : "the folder is not writable for this user, or the disk is full",
      next: code === "EEXIST" ? "run the command again" : `ls -ld "${dir}"; df -h "${dir}"`,
      cause: error,
    });
  }
}
