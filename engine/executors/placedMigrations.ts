// The migrations as a step finds them: a folder of this machine, or an archive that its Job is given.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import { lockstepHome } from "../home.ts";
import { analyzeMigrations } from "../lint/analyze.ts";
import { upToTarget } from "../plan/planRun.ts";
import { migrationsDigest } from "../plan/release.ts";
import { withSoak } from "../soak/soakPolicy.ts";
import type { FolderSpec, Migration, MigrationFile } from "../sources/migration.ts";
import { readFolder } from "../sources/readFolder.ts";

/** Which files a step takes. */
export interface PlacedMigrations extends FolderSpec {
  /** Files above this one are left alone; all when missing. */
  readonly target?: string;
  /** sha256, hex: what the release was planned with; not compared when missing. */
  readonly digest?: string;
}

/**
 * Reads and analyses the files. Where the environment names an archive (LOCKSTEP_MIGRATIONS_ARCHIVE, a gzip-compressed tar) it
 * is unpacked into the folder first.
 * @throws LockstepError MIGRATION_FILES; STEP_FAILED where the files are not those that were planned.
 */
export async function openMigrations(
  spec: PlacedMigrations,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Migration[]> {
  const archive = env.LOCKSTEP_MIGRATIONS_ARCHIVE;
  if (archive) await unpack(archive, spec.dir);
  const { files } = await readFolder(spec);
  ensurePlanned(spec, files);
  const cacheDir = join(lockstepHome(), "cache", "analysis");
  return withSoak(await analyzeMigrations(files, { cacheDir }), spec.soak);
}

async function unpack(file: string, dir: string): Promise<void> {
  const { extract } = await import("tar");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  try {
    // Strict: an entry that leads out of the folder ends it, where a warning would leave the file out.
    await extract({ file, cwd: dir, strict: true, preserveOwner: false });
  } catch (error) {
    throw new LockstepError("MIGRATION_FILES", "The migrations' archive can't be unpacked", {
      where: file,
      seen: error instanceof Error ? error.message : String(error),
      likely: "the ConfigMap was changed by hand",
      next: "run `pulumi up` again: it writes the ConfigMap anew",
      cause: error,
    });
  }
}

/** The stages were decided from the files as planned; other ones are another release. */
function ensurePlanned(
  { digest, target, dir }: PlacedMigrations,
  files: readonly MigrationFile[],
): void {
  if (digest === undefined) return;
  const found = migrationsDigest(upToTarget(files, target));
  if (found === digest) return;
  throw new LockstepError("STEP_FAILED", "The migrations are not those that were planned", {
    where: dir,
    seen: `planned ${digest.slice(0, 12)}, now ${found.slice(0, 12)}`,
    likely: "they changed while the release was under way, or their image holds other ones",
    next: "run `pulumi up` again: what is there now is another release; an image of migrations is built anew first",
  });
}
