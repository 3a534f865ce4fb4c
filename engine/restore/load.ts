// Loads a dump into an empty database with PostgreSQL's own programs.
import { createReadStream } from "node:fs";
import { availableParallelism } from "node:os";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { execa } from "execa";
import { clientEnvironment } from "../backup/clientEnvironment.ts";
import { findPrograms, type PostgresProgram } from "../backup/clients.ts";
import { liveProgress } from "../backup/liveProgress.ts";
import { formatBytes } from "../backup/space.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { guardPlain } from "./plainGuard.ts";
import type { RestoreSource } from "./source.ts";
import { watchLoad } from "./watchLoad.ts";

const MAX_JOBS = 4;

/** What to load where. */
export interface Load {
  readonly source: RestoreSource;
  readonly into: DatabaseTarget;
  /** Major version of the server that it is loaded into. */
  readonly serverMajor: number;
  /** Keeps to who owns what and who may do what, as the dump says. */
  readonly withOwners: boolean;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Loads `load.source`. A physical copy cannot be loaded into a server.
 * @throws LockstepError BACKUP_FAILED with what the program said, or which one is missing.
 */
export async function loadDump(load: Load): Promise<void> {
  const stop = watchLoad(load.into, load);
  try {
    if (load.source.kind === "plain") await loadPlain(load, load.source);
    else await loadArchive(load);
  } finally {
    await stop();
  }
}

async function loadArchive(load: Load): Promise<void> {
  const { source, into, signal, withOwners } = load;
  const wanted = source.kind === "backup" ? Number.parseInt(source.manifest.madeBy.version, 10) : 0;
  const program = await ensureProgram("pg_restore", wanted, load.serverMajor);
  const path =
    source.kind === "backup" ? source.dataDir : source.kind === "archive" ? source.path : "";
  const args = [
    ...["--exit-on-error", "--no-tablespaces", "--no-publications", "--no-subscriptions"],
    ...(withOwners ? [] : ["--no-owner", "--no-privileges", "--no-security-labels"]),
    `--jobs=${String(Math.min(MAX_JOBS, availableParallelism()))}`,
    ...[`--dbname=${asDatabaseArgument(into.database)}`, path],
  ];
  const result = await execa(program.path, args, childOptions(into, signal));
  signal.throwIfAborted();
  if (result.failed)
    throw loadFailed(program, source.name, result.stderr || (result.originalMessage ?? ""));
}

async function loadPlain(
  { into, serverMajor, report, signal }: Load,
  source: Extract<RestoreSource, { kind: "plain" }>,
): Promise<void> {
  const program = await ensureProgram("psql", 0, serverMajor);
  const args = [
    "--no-psqlrc",
    "--quiet",
    "--set=ON_ERROR_STOP=1",
    "--output=/dev/null",
    "--file=-",
  ];
  const running = execa(program.path, args, { ...childOptions(into, signal), stdin: "pipe" });
  const live = liveProgress(report);
  let bytes = 0;
  const file = createReadStream(source.path, { highWaterMark: 1 << 20 });
  file.on("data", (chunk) => {
    bytes += chunk.length;
    live(`restore: ${formatBytes(bytes)} of ${formatBytes(source.bytes)} read`, { bytes });
  });
  const guard = guardPlain(source.name);
  const fed = (
    source.isGzip
      ? pipeline(file, createGunzip(), guard, running.stdin, { signal })
      : pipeline(file, guard, running.stdin, { signal })
  ).then(
    () => undefined,
    (error: unknown) => {
      // Half a dump must not look like a whole one to psql: what it reads up to here is rolled back with its database.
      running.kill("SIGKILL");
      return error;
    },
  );
  const [result, fault] = await Promise.all([running, fed]);
  signal.throwIfAborted();
  if (isLockstepError(fault)) throw fault;
  const said = result.stderr.trim();
  // Where psql ended first, the pipe broke: what psql said counts.
  if (result.failed && said !== "") throw loadFailed(program, source.name, said);
  if (fault !== undefined) throw damaged(source, fault);
  if (result.failed) throw loadFailed(program, source.name, result.originalMessage ?? "");
}

function childOptions(into: DatabaseTarget, signal: AbortSignal) {
  return {
    env: { ...clientEnvironment(into), PGAPPNAME: "lockstep:restore" },
    extendEnv: false,
    stdin: "ignore",
    stdout: "ignore",
    reject: false,
    forceKillAfterDelay: 5_000,
    cancelSignal: signal,
  } as const;
}

/** `--dbname` takes a whole connection string too: a name with `=` or a URL's beginning would be read as one. */
function asDatabaseArgument(name: string): string {
  if (!/=|^postgres(ql)?:/.test(name)) return name;
  return `dbname='${name.replace(/['\\]/g, "\\$&")}'`;
}

/**
 * The program `name` of the nearest version that can read what `wantedMajor` wrote and fits the server.
 * @throws LockstepError BACKUP_FAILED with what is missing and how to get it.
 */
export async function ensureProgram(
  name: "pg_restore" | "psql",
  wantedMajor: number,
  serverMajor: number,
): Promise<PostgresProgram> {
  const found = await findPrograms(name);
  const least = Math.max(wantedMajor, name === "psql" ? 0 : Math.min(serverMajor, wantedMajor));
  const fitting = found.filter(({ major }) => major >= least).toReversed();
  const chosen = fitting.find(({ major }) => major >= serverMajor) ?? fitting.at(-1);
  if (chosen) return chosen;
  const seen = found.map(({ version }) => version).join(", ");
  throw new LockstepError("BACKUP_FAILED", `There is no ${name} here that can restore this`, {
    seen: `${seen === "" ? "none on PATH or in the usual places" : seen}${least > 0 ? `; version ${String(least)} or newer is needed` : ""}`,
    likely:
      name === "psql"
        ? "plain SQL is loaded by psql, which PostgreSQL's client package brings"
        : "a dump is read by its own version of pg_restore or a newer one",
    next: `apt-get install postgresql-client-${String(Math.max(least, serverMajor))}   (Debian and Ubuntu; brew install libpq on a Mac)`,
  });
}

function loadFailed(program: PostgresProgram, what: string, said: string): LockstepError {
  return new LockstepError("BACKUP_FAILED", "The restore failed; the database is as it was", {
    where: `${what}, ${program.path} ${program.version}`,
    seen: said.trim().split("\n").slice(-6).join("\n"),
    likely: likelyCause(said),
    next: nextFor(said),
  });
}

function likelyCause(said: string): string {
  if (/role "[^"]*" does not exist/.test(said))
    return "the dump names roles that this server does not have";
  if (/must be (member|owner|superuser)|permission denied/.test(said)) {
    return "the dump gives things to roles that this one may not act for";
  }
  if (/extension/.test(said)) return "the server lacks an extension that the dump uses";
  if (/no space left/i.test(said)) return "the server's disk is full";
  if (/unrecognized configuration parameter|syntax error/.test(said)) {
    return "the dump was made by a newer version of PostgreSQL";
  }
  return "the server refused what the dump holds";
}

function nextFor(said: string): string {
  return /role "|must be|permission denied/.test(said)
    ? "make those roles (CREATE ROLE ...), or leave owners and grants out: add --no-owner"
    : "see to what it says, then run the same command again";
}

function damaged(source: { readonly path: string }, cause: unknown): LockstepError {
  const seen = cause instanceof Error ? cause.message : String(cause);
  return new LockstepError(
    "BACKUP_FAILED",
    "The dump cannot be read to its end; the database is as it was",
    {
      where: source.path,
      seen,
      likely: "the file is cut off or damaged",
      next: `gzip -t ${source.path}   (says whether it is whole)`,
      cause,
    },
  );
}
