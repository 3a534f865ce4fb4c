// The server process of a data folder: found, told from a stranger with its pid, started, ended.
import { spawn } from "node:child_process";
import { open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { identityOf, isAlive, type ProcessIdentity, signalProcess } from "../process/identity.ts";
import { readIfThere } from "../process/privateFile.ts";
import { tailOf } from "../process/tail.ts";
import { giveTo, runAs, type ServerUser } from "./serverUser.ts";

const POLL_MS = 20;
const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** A running server, as its own postmaster.pid tells. */
export interface Postmaster extends ProcessIdentity {
  readonly port: number;
  /** Whether it takes connections; false while it starts or recovers. */
  readonly isReady: boolean;
}

/** The server that runs on `dataDir`, whoever started it; undefined if none does. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const text = await readIfThere(join(dataDir, "postmaster.pid"));
  const lines = text?.split("\n") ?? [];
  const identity = identityOf(Number(lines[0]));
  if (identity === undefined || !(await worksIn(identity.pid, dataDir))) return undefined;
  return { ...identity, port: Number(lines[3]), isReady: lines[7]?.trim() === "ready" };
}

/**
 * Removes a postmaster.pid whose pid now belongs to a stranger. PostgreSQL itself does so only when
 * the pid is free or another user's, and refuses to start otherwise.
 */
export async function clearStalePid(dataDir: string): Promise<boolean> {
  const path = join(dataDir, "postmaster.pid");
  if ((await readIfThere(path)) === undefined) return false;
  if ((await findPostmaster(dataDir)) === undefined) await rm(path, { force: true });
  return true;
}

/** What `spawnPostmaster` runs, and where. */
export interface PostmasterSpec {
  readonly program: string;
  readonly dataDir: string;
  readonly port: number;
  readonly logFile: string;
  readonly user: ServerUser | undefined;
  /** How long it may start or recover, in ms. */
  readonly startLimitMs: number;
  /** Called about once a second while it starts. */
  readonly onWait: (waitedMs: number) => void;
}

/** Either the running server, or what its log said before it gave up. */
export type StartOutcome =
  { readonly started: Postmaster } | { readonly failure: string; readonly log: string };

/**
 * Starts the server in a process group of its own, its output in a file, and waits until it takes
 * connections. One that gives up or is too slow leaves nothing running.
 */
export async function spawnPostmaster(spec: PostmasterSpec): Promise<StartOutcome> {
  const { dataDir, logFile } = spec;
  const log = await openLog(logFile, spec.user);
  const { size: offset } = await log.stat();
  const args = ["-D", dataDir, "-p", String(spec.port), "-h", "127.0.0.1", "-k", ""];
  const { extendEnv: _extendEnv, ...as } = runAs(spec.user);
  const child = spawn(spec.program, args, {
    ...as,
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.unref();
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended = `ended with ${signal ?? `exit code ${code}`}`));
  await log.close();

  const startedMs = performance.now();
  let saidMs = 0;
  for (;;) {
    const waitedMs = performance.now() - startedMs;
    const found = ended === undefined ? await findPostmaster(dataDir) : undefined;
    if (found?.isReady === true && found.pid === child.pid) return { started: found };
    if (ended !== undefined) return { failure: ended, log: await tailOf(logFile, { offset }) };
    if (waitedMs > spec.startLimitMs) {
      child.kill("SIGQUIT");
      const failure = `took no connections within ${Math.round(spec.startLimitMs / 1000)} s`;
      return { failure, log: await tailOf(logFile, { offset }) };
    }
    if (waitedMs - saidMs > 1000) spec.onWait((saidMs = waitedMs));
    await delay(POLL_MS);
  }
}

/**
 * Ends the server: sessions are cut and it shuts down cleanly (fast); if that takes longer than
 * `fastLimitMs`, at once (immediate), which costs a recovery at the next start.
 */
export async function endPostmaster(server: ProcessIdentity, fastLimitMs: number): Promise<void> {
  signalProcess(server, "SIGINT");
  const startedMs = performance.now();
  let isHurried = false;
  while (isAlive(server)) {
    if (!isHurried && performance.now() - startedMs > fastLimitMs) {
      isHurried = signalProcess(server, "SIGQUIT");
    }
    await delay(POLL_MS);
  }
}

/** A server's working directory is its data folder. Elsewhere than on Linux the pid has to do. */
async function worksIn(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform !== "linux") return true;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(dataDir));
  } catch (error) {
    // Not ours to look at: then it is not our server either, which runs as us or under root.
    if (error instanceof Error) return false;
    throw error;
  }
}

async function openLog(path: string, user: ServerUser | undefined) {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > MAX_LOG_BYTES) await rename(path, `${path}.1`);
  const log = await open(path, "a", 0o600);
  await giveTo(path, user);
  return log;
}
