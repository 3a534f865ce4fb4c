// A real PostgreSQL of one's own in a folder: started once, adopted ever after, ended on request.
import { type Report, silent } from "../events.ts";
import { withExclusive } from "../process/exclusive.ts";
import { clusterPaths, ensureCluster, hasCluster } from "./cluster.ts";
import { ensureDatabase } from "./createDatabase.ts";
import { endPostmaster, findPostmaster } from "./postmaster.ts";
import { ensurePostgres } from "./programs.ts";
import { ensureReachableDir, ensureTraversable, serverUserFor } from "./serverUser.ts";
import { readServerState, startServer, waitUntilReady, writeServerState } from "./start.ts";

/** What to start, and where. */
export interface EmbeddedOptions {
  /** The server's folder: data, log, password. Absolute. */
  readonly dir: string;
  /** The port to use the first time; later the saved one is kept. @default a free one */
  readonly port?: number;
  /** The superuser role. Only read when the data folder is made. @default "app" */
  readonly user?: string;
  /** The database to make if it is missing. */
  readonly database: string;
  /** For throw-away data: much faster, lost when the machine crashes. @default false */
  readonly scratch?: boolean;
  readonly report?: Report;
}

/** A server that takes connections. */
export interface EmbeddedServer {
  /** Holds the password: a secret. */
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  /** Such as `18.4`. */
  readonly version: string;
  readonly dataDir: string;
  /** True if it ran already. */
  readonly adopted: boolean;
}

/** How a server's folder stands. */
export type EmbeddedStatus =
  | { readonly state: "absent" | "stopped"; readonly dataDir: string }
  | {
      readonly state: "running";
      readonly dataDir: string;
      readonly pid: number;
      readonly port: number;
      readonly isReady: boolean;
    };

/** Time for a clean shutdown before it is forced, in ms. */
const FAST_STOP_LIMIT_MS = 30_000;

/**
 * A running server on `options.dir` with `options.database` in it: adopts the one that runs (also
 * one that another call starts at this moment), else starts it, recovering from a crash; else makes
 * the data folder first. It outlives this process. Throws CONFIG (port taken, folder out of reach,
 * no programs) or PROCESS_FAILED (with the end of the server's log).
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { dir, report = silent } = options;
  const paths = clusterPaths(dir);
  const user = await serverUserFor(paths.dataDir);
  const programs = await ensurePostgres(user, report);
  await ensureReachableDir(dir, user);
  await ensureTraversable(dir, user);
  await ensureTraversable(programs.postgres, user);
  const what = `the database in ${dir}`;
  return withExclusive(paths.lockFile, { what, report }, async () => {
    const state = await readServerState(dir);
    // Not `lockstep`: the default search_path ("$user") would take the app's unqualified names for the ledger's.
    const role = state?.role ?? options.user ?? "app";
    const spec = { dir, programs, user, role, scratch: options.scratch ?? false, report };
    const running = await findPostmaster(paths.dataDir);
    const password = await ensureCluster(spec);
    const port = options.port === undefined ? {} : { port: options.port };
    const isRunning = running !== undefined;
    const server = isRunning ? await waitUntilReady(spec) : await startServer({ ...spec, ...port });
    if (state?.port !== server.port) await writeServerState(dir, { port: server.port, role });
    const url = `postgresql://${encodeURIComponent(role)}:${password}@127.0.0.1:${server.port}/${encodeURIComponent(options.database)}`;
    await ensureDatabase(url);
    const { dataDir } = paths;
    const { version } = programs;
    return { url, pid: server.pid, port: server.port, version, dataDir, adopted: isRunning };
  });
}

/**
 * Ends the server on `dir` and keeps its data; false if none ran. Its sessions are cut; after 30 s
 * it is forced, which costs a recovery at the next start.
 */
export async function stopEmbedded(dir: string, report: Report = silent): Promise<boolean> {
  const { dataDir, lockFile } = clusterPaths(dir);
  if (!(await hasCluster(dir))) return false;
  return withExclusive(lockFile, { what: `the database in ${dir}`, report }, async () => {
    const server = await findPostmaster(dataDir);
    if (server === undefined) return false;
    report("progress", `stopping PostgreSQL (pid ${server.pid})`);
    await endPostmaster(server, FAST_STOP_LIMIT_MS);
    return true;
  });
}

/** How the server's folder `dir` stands. Changes nothing. */
export async function embeddedStatus(dir: string): Promise<EmbeddedStatus> {
  const { dataDir } = clusterPaths(dir);
  const server = await findPostmaster(dataDir);
  if (server !== undefined) {
    const { pid, port, isReady } = server;
    return { state: "running", dataDir, pid, port, isReady };
  }
  return { state: (await hasCluster(dir)) ? "stopped" : "absent", dataDir };
}
