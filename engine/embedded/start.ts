// Starting the server of a folder on the port it keeps, and what to tell when it will not start.
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { LockstepError } from "../errors/lockstepError.ts";
import { isPortFree, ownerOfPort } from "../process/port.ts";
import { readIfThere, writePrivateFile } from "../process/privateFile.ts";
import { tailOf } from "../process/tail.ts";
import { type ClusterSpec, clusterPaths } from "./cluster.ts";
import { chooseFreePort } from "./port.ts";
import {
  clearStalePid,
  findPostmaster,
  type Postmaster,
  spawnPostmaster,
  type StartOutcome,
} from "./postmaster.ts";

/** Recovery after a crash replays the log since the last checkpoint: give it time. */
const START_LIMIT_MS = 120_000;
/** What a killed server's children need to notice and let go of the data folder. */
const LEFTOVERS_LIMIT_MS = 10_000;

const StateSchema = z.object({ port: z.number().int(), role: z.string() });

/** What is remembered of a server beside its data. */
export type ServerState = z.infer<typeof StateSchema>;

/** What was remembered in `dir`; undefined before the first start, or if the file is not readable JSON. */
export async function readServerState(dir: string): Promise<ServerState | undefined> {
  const text = await readIfThere(clusterPaths(dir).stateFile);
  if (text === undefined) return undefined;
  try {
    return StateSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Remembers the port and role of the server in `dir`. */
export async function writeServerState(dir: string, state: ServerState): Promise<void> {
  await writePrivateFile(clusterPaths(dir).stateFile, `${JSON.stringify(state)}\n`);
}

/** A cluster to start, and the port to use the first time. */
export interface StartSpec extends ClusterSpec {
  readonly port?: number;
}

/**
 * Starts the server of an existing cluster and waits until it takes connections. Throws CONFIG if
 * its port is taken, PROCESS_FAILED with the end of its log if it gives up.
 */
export async function startServer(spec: StartSpec): Promise<Postmaster> {
  const { dataDir } = clusterPaths(spec.dir);
  const kept = (await readServerState(spec.dir))?.port ?? spec.port;
  const crashed = await clearStalePid(dataDir);
  if (crashed) spec.report("warn", "the database server did not end cleanly; it recovers now");
  const startedMs = performance.now();
  for (;;) {
    const port = kept ?? (await chooseFreePort(spec.dir));
    if (!(await isPortFree(port))) throw await portTaken(port, spec.dir);
    const outcome = await trySpawn(spec, port);
    if ("started" in outcome) return outcome.started;
    if (!(await isPortFree(port))) {
      // Somebody took it between our look and the server's; with a port of our choice, take another.
      if (kept === undefined) continue;
      throw await portTaken(port, spec.dir);
    }
    if (!crashed || performance.now() - startedMs > LEFTOVERS_LIMIT_MS) {
      throw startFailed(spec, outcome);
    }
    await delay(200);
  }
}

/** Waits until a server that somebody else started takes connections. Throws PROCESS_FAILED. */
export async function waitUntilReady(spec: ClusterSpec): Promise<Postmaster> {
  const { dataDir, logFile } = clusterPaths(spec.dir);
  const startedMs = performance.now();
  for (;;) {
    const found = await findPostmaster(dataDir);
    if (found?.isReady === true) return found;
    const isLate = performance.now() - startedMs > START_LIMIT_MS;
    if (found === undefined || isLate) {
      const failure = found === undefined ? "it ended meanwhile" : "it takes no connections";
      throw startFailed(spec, { failure, log: await tailOf(logFile) });
    }
    await delay(50);
  }
}

async function trySpawn(spec: StartSpec, port: number): Promise<StartOutcome> {
  const { dataDir, logFile } = clusterPaths(spec.dir);
  return spawnPostmaster({
    program: spec.programs.postgres,
    dataDir,
    port,
    logFile,
    user: spec.user,
    startLimitMs: START_LIMIT_MS,
    onWait: (waitedMs) => {
      spec.report("progress", `waiting for PostgreSQL (${Math.round(waitedMs / 1000)} s)`);
    },
  });
}

async function portTaken(port: number, dir: string): Promise<LockstepError> {
  const owner = await ownerOfPort(port);
  return new LockstepError("CONFIG", `The embedded database's port ${port} is taken`, {
    where: `127.0.0.1:${port}, for ${dir}`,
    ...(owner === undefined ? {} : { seen: `${owner} listens there` }),
    likely:
      "another program started there while the database was stopped; the port is part of the stack's saved URL, so it is not changed silently",
    next: `end that program and run the same command again; or, to move the database: rm ${clusterPaths(dir).stateFile}`,
  });
}

function startFailed(spec: ClusterSpec, outcome: { failure: string; log: string }): LockstepError {
  const { dataDir, logFile } = clusterPaths(spec.dir);
  return new LockstepError("PROCESS_FAILED", "PostgreSQL did not start", {
    where: dataDir,
    seen: [outcome.failure, outcome.log].filter(Boolean).join("\n"),
    next: `the whole log: ${logFile}`,
  });
}
