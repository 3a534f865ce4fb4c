// Puts the generated files in the place of the original: all of them, or nothing.
import { access, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Migration } from "../sources/migration.ts";
import type { NumberedStep } from "./numbering.ts";

/**
 * Writes the files of `steps` into the original's folder and removes the original's own; returns the paths written.
 * Where one cannot be written, the folder is as it was.
 * @throws LockstepError MIGRATION_FILES.
 */
export async function writeRewrite(
  original: Migration,
  steps: readonly NumberedStep[],
): Promise<readonly string[]> {
  const dir = path.dirname(original.path);
  const mark = `.${process.pid}.tmp`;
  const old = [original.path, original.down?.path, original.verify?.path].flatMap(
    (one) => one ?? [],
  );
  const fresh = steps.flatMap(({ files }) =>
    files.map(({ fileName, text }) => ({ file: path.join(dir, fileName), text })),
  );
  const moved: string[] = [];
  const placed: string[] = [];
  try {
    // What may fail for want of room or rights comes first, beside the files.
    for (const { file, text } of fresh) await writeFile(file + mark, text, { flag: "wx" });
    for (const file of old) {
      await rename(file, `${file}.old${mark}`);
      moved.push(file);
    }
    for (const { file } of fresh) {
      await ensureFree(file);
      await rename(file + mark, file);
      placed.push(file);
    }
  } catch (error) {
    for (const file of placed) await rm(file, { force: true });
    for (const file of moved) await rename(`${file}.old${mark}`, file);
    for (const { file } of fresh) await rm(file + mark, { force: true });
    throw cannotWrite(dir, error);
  }
  for (const file of old) await rm(`${file}.old${mark}`, { force: true });
  return placed;
}

async function ensureFree(file: string): Promise<void> {
  try {
    await access(file);
  } catch {
    return;
  }
  throw new Error(`${path.basename(file)} is there already`);
}

function cannotWrite(dir: string, error: unknown): LockstepError {
  return new LockstepError(
    "MIGRATION_FILES",
    "The files cannot be written; the folder is as it was",
    {
      where: path.resolve(dir),
      seen: error instanceof Error ? error.message : String(error),
      likely:
        "the folder is not writable for this user, the disk is full, or somebody wrote a file of that name meanwhile",
      next: `ls -ld "${dir}"; df -h "${dir}"`,
      cause: error,
    },
  );
}
