// PostgreSQL's own programs on this machine: which are there, and which fits a server.
import { readdir, realpath } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { execa } from "execa";
import { LockstepError } from "../errors/lockstepError.ts";

/** A program of PostgreSQL and its version. */
export interface PostgresProgram {
  /** Absolute. */
  readonly path: string;
  /** Such as `15.18`. */
  readonly version: string;
  readonly major: number;
}

/** Folders whose sub-folders hold one version each: [parent, names, what follows]. */
const VERSIONED: readonly (readonly [string, RegExp, string])[] = [
  ["/usr/lib/postgresql", /^\d+$/, "bin"],
  ["/usr", /^pgsql-\d+$/, "bin"],
  ["/opt/homebrew/opt", /^(postgresql|libpq)(@\d+)?$/, "bin"],
  ["/usr/local/opt", /^(postgresql|libpq)(@\d+)?$/, "bin"],
];

/**
 * The programs called `name` (`pg_dump`, `postgres`) on `PATH` and where Debian, Red Hat and Homebrew
 * put them, newest first. One that cannot say its version is left out.
 */
export async function findPrograms(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<PostgresProgram[]> {
  const folders = (env.PATH ?? "").split(delimiter).filter(Boolean);
  for (const [parent, names, rest] of VERSIONED) {
    const found = await readdir(parent).catch(() => []);
    folders.push(...found.filter((entry) => names.test(entry)).map((e) => join(parent, e, rest)));
  }
  const paths = new Set<string>();
  for (const folder of folders) {
    const path = join(folder, name);
    const real = await realpath(path).catch(() => undefined);
    // Debian's /usr/bin/pg_dump is a script that picks a version anew by what it is to connect to.
    if (real !== undefined && basename(real) !== "pg_wrapper") paths.add(path);
  }
  const programs = await Promise.all([...paths].map(askVersion));
  return programs.filter((program) => program !== undefined).sort((a, b) => b.major - a.major);
}

/** `pg_dump (PostgreSQL) 15.18 (Debian ...)` -> `15.18`; undefined for any other text. */
export function parseVersion(text: string): { version: string; major: number } | undefined {
  const version = /\(PostgreSQL\) (\d+(?:\.\d+|[a-z]+\d+)?)/.exec(text)?.[1];
  return version === undefined ? undefined : { version, major: Number.parseInt(version, 10) };
}

/** The newest of `clients` that can dump a server of `serverMajor`: its own major or a later one. */
export function chooseClient(
  clients: readonly PostgresProgram[],
  serverMajor: number,
): PostgresProgram | undefined {
  return clients.find((client) => client.major >= serverMajor);
}

/** What to say where no client fits the server and its files are out of reach too. */
export function noWayError(context: {
  readonly clients: readonly PostgresProgram[];
  readonly serverMajor: number;
  readonly where: string;
  /** Why the files cannot be copied. */
  readonly whyNoCopy: string;
  readonly platform?: NodeJS.Platform;
}): LockstepError {
  const { clients, serverMajor: major, where, whyNoCopy, platform = process.platform } = context;
  const found = [...new Set(clients.map((client) => client.version))];
  const newest = clients[0];
  const seen = newest
    ? `pg_dump ${found.join(", ")}; the server is ${major}, which needs pg_dump ${major} or newer`
    : `no pg_dump on PATH or in the usual places; the server is ${major}`;
  return new LockstepError("BACKUP_FAILED", "No way to back up this database from here", {
    where,
    seen: `${seen}\n${whyNoCopy}`,
    likely: "pg_dump refuses servers of a newer major version than its own",
    next:
      platform === "darwin"
        ? `brew install libpq   (needs version ${major} or newer)`
        : `apt-get install postgresql-client-${major}   (Debian and Ubuntu; from the PostgreSQL project's own repository where the system's is older)\ndnf install postgresql${major}   (Red Hat)`,
  });
}

async function askVersion(path: string): Promise<PostgresProgram | undefined> {
  const { stdout, exitCode } = await execa(path, ["--version"], { reject: false, timeout: 10_000 });
  const parsed = exitCode === 0 ? parseVersion(stdout) : undefined;
  return parsed && { path, ...parsed };
}
