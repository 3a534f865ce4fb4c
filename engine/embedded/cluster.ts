// The server's data folder and what belongs to it: made once, with a password of its own.
import { randomBytes } from "node:crypto";
import { appendFile, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { readIfThere, writePrivateFile } from "../process/privateFile.ts";
import { localeOptions } from "./locale.ts";
import { PACKAGE_VARIABLE, type PostgresPrograms } from "./programs.ts";
import { giveTo, runAs, type ServerUser } from "./serverUser.ts";

/** Settings of a server for development: as a small production server has them. */
const DEV_SETTINGS = {
  max_connections: "100",
  wal_level: "replica",
  log_lock_waits: "on",
  log_line_prefix: "%m [%p] %q%a ",
  log_timezone: "UTC",
  timezone: "UTC",
} as const;

/** Settings of a throw-away server: nothing survives a crash of the machine, and nothing has to. */
const SCRATCH_SETTINGS = {
  ...DEV_SETTINGS,
  wal_level: "minimal",
  max_wal_senders: "0",
  max_prepared_transactions: "10",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
} as const;

/** Where a server's things lie below its folder. */
export function clusterPaths(dir: string) {
  return {
    dataDir: join(dir, "data"),
    logFile: join(dir, "server.log"),
    lockFile: join(dir, ".lock"),
    /** Which port it got, as JSON. */
    stateFile: join(dir, "server.json"),
    passwordFile: join(dir, "password"),
  } as const;
}

/** What `ensureCluster` makes a data folder from. */
export interface ClusterSpec {
  readonly dir: string;
  readonly programs: PostgresPrograms;
  readonly user: ServerUser | undefined;
  /** The cluster's superuser role. */
  readonly role: string;
  readonly scratch: boolean;
  readonly report: Report;
}

/**
 * The superuser's password of the cluster in `spec.dir`, which is made if it is not there: data
 * checksums, scram-sha-256, UTF8, the locale C.UTF-8. The folder
 * appears in one step, so a killed initdb leaves none. Throws PROCESS_FAILED if initdb fails, CONFIG
 * if a cluster is of another major version or has lost its password file.
 */
export async function ensureCluster(spec: ClusterSpec): Promise<string> {
  const { dataDir, passwordFile } = clusterPaths(spec.dir);
  const saved = await readIfThere(passwordFile);
  const major = await readIfThere(join(dataDir, "PG_VERSION"));
  if (major === undefined) {
    const password = saved ?? randomBytes(24).toString("hex");
    if (saved === undefined) await writePrivateFile(passwordFile, password);
    await makeCluster(spec, password);
    return password;
  }
  if (Number(major) !== spec.programs.major) throw otherMajor(dataDir, major, spec.programs);
  if (saved === undefined) throw passwordLost(passwordFile, spec.role);
  return saved;
}

async function makeCluster(spec: ClusterSpec, password: string): Promise<void> {
  const { dataDir } = clusterPaths(spec.dir);
  spec.report("info", `making a PostgreSQL ${spec.programs.version} data folder in ${dataDir}`);
  const unfinished = `${dataDir}.new`;
  const passwordCopy = join(unfinished, "pw");
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await giveTo(unfinished, spec.user);
  await writeFile(passwordCopy, password, { mode: 0o600 });
  await giveTo(passwordCopy, spec.user);
  const made = join(unfinished, "data");
  const args = [
    ...["--pgdata", made, "--username", spec.role, "--pwfile", passwordCopy],
    ...["--auth", "scram-sha-256", "--encoding", "UTF8", "--data-checksums"],
    ...localeOptions(spec.programs.major),
    ...(spec.scratch ? ["--no-sync"] : []),
  ];
  const result = await execa(spec.programs.initdb, args, { ...runAs(spec.user), reject: false });
  if (result.failed) {
    await rm(unfinished, { recursive: true, force: true });
    throw initFailed(dataDir, result.stderr || result.stdout || (result.originalMessage ?? ""));
  }
  // Not by initdb's --set: PostgreSQL 15 and older have none. Of two lines in the file the later one counts.
  const settings = Object.entries(spec.scratch ? SCRATCH_SETTINGS : DEV_SETTINGS);
  const lines = settings.map(([name, value]) => `${name} = '${value}'\n`);
  await appendFile(join(made, "postgresql.conf"), `\n# Set by lockstep.\n${lines.join("")}`);
  await rename(made, dataDir);
  await rm(unfinished, { recursive: true, force: true });
}

/** Whether a cluster has been made in `dir`. */
export async function hasCluster(dir: string): Promise<boolean> {
  return stat(join(clusterPaths(dir).dataDir, "PG_VERSION")).then(
    () => true,
    () => false,
  );
}

function initFailed(dataDir: string, output: string): LockstepError {
  return new LockstepError("PROCESS_FAILED", "PostgreSQL's data folder could not be made", {
    where: dataDir,
    seen: output.trim().split("\n").slice(-8).join("\n"),
    next: "see to what initdb says, then run the same command again: nothing was left behind",
  });
}

function otherMajor(dataDir: string, major: string, programs: PostgresPrograms): LockstepError {
  return new LockstepError("CONFIG", "The data folder is of another major version of PostgreSQL", {
    where: dataDir,
    seen: `data of version ${major.trim()}, programs of version ${programs.version}`,
    likely: `lockstep was updated and brought a newer PostgreSQL, or ${PACKAGE_VARIABLE} names another one than before; data is not converted unasked`,
    next: "go back to the old lockstep (or the old package), or dump the data with it and load it into a new stack",
  });
}

function passwordLost(path: string, role: string): LockstepError {
  return new LockstepError("CONFIG", "The embedded database's password file is gone", {
    where: path,
    next: `put it back (one line, the password of role "${role}"); a running server's URL in \`pulumi stack output --show-secrets\` holds it too`,
  });
}
