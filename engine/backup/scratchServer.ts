// A throw-away server that only this process can reach, and that ends with it even if it is killed.
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, lchown, mkdir, mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { z } from "zod";
import { endPostmaster, findPostmaster, type Postmaster } from "../embedded/postmaster.ts";
import {
  ensureReachableDir,
  ensureTraversable,
  giveTo,
  runAs,
  type ServerUser,
} from "../embedded/serverUser.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import { lockstepHome } from "../home.ts";
import { isAlive, ownIdentity, type ProcessIdentity } from "../process/identity.ts";
import { readIfThere, writePrivateFile } from "../process/privateFile.ts";
import { tailOf } from "../process/tail.ts";
import type { ServerPrograms } from "./scratchPrograms.ts";

/** Recovery replays all WAL of the backup: give it time, ms. */
const START_LIMIT_MS = 30 * 60_000;
/** Says which process a scratch folder belongs to. */
export const OWNER_FILE = "owner.json";
const OwnerSchema = z.object({ pid: z.number().int(), startTime: z.string() });
/** A socket's path has to fit 107 bytes, of which `/.s.PGSQL.5432` takes 15. */
const MAX_SOCKET_DIR = 90;

/** Nothing that a backed up configuration says may reach outside or slow down a trial. */
const SETTINGS = {
  listen_addresses: "",
  port: "5432",
  unix_socket_permissions: "0700",
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  autovacuum: "off",
  archive_mode: "off",
  logging_collector: "off",
  log_destination: "stderr",
  ssl: "off",
  shared_preload_libraries: "",
  session_preload_libraries: "",
  primary_conninfo: "",
} as const;

/** Where scratch servers live. */
export function scratchRoot(): string {
  return join(lockstepHome(), "scratch");
}

/** What server to run. */
export interface ScratchSpec {
  readonly programs: ServerPrograms;
  readonly user: ServerUser | undefined;
  /** A superuser that the data folder has. */
  readonly role: string;
  /** Fills the empty folder `dataDir`, which is then given to the server's user. */
  readonly prepare: (dataDir: string) => Promise<void>;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** A running scratch server. It trusts whoever reaches its socket, which only its user and root can. */
export interface ScratchServer {
  readonly socketDir: string;
  readonly role: string;
  /** Aborted with a LockstepError as soon as the server has ended, which nobody asked it to. */
  readonly ended: AbortSignal;
  /** A session on `database`; the caller ends it. Throws pg's errors. */
  readonly connect: (database: string) => Promise<pg.Client>;
}

/**
 * Prepares and starts a server, hands it to `use`, then ends it and deletes its folder, however that
 * went. Throws PROCESS_FAILED with the end of its log if it does not start.
 */
export async function withScratchServer<T>(
  spec: ScratchSpec,
  use: (server: ScratchServer) => Promise<T>,
): Promise<T> {
  await sweepLeftovers();
  const dir = join(scratchRoot(), randomBytes(4).toString("hex"));
  await ensureReachableDir(dir, spec.user);
  await ensureTraversable(dir, spec.user);
  await writePrivateFile(join(dir, OWNER_FILE), JSON.stringify(ownIdentity()));
  const socketDir = await makeSocketDir(dir, spec.user);
  const dataDir = join(dir, "data");
  try {
    await mkdir(dataDir, { mode: 0o700 });
    await spec.prepare(dataDir);
    await giveTree(dataDir, spec.user);
    return await withPostmaster(spec, { dir, dataDir, socketDir }, async (ended) => {
      const connect = (name: string) => openSession(spec, socketDir, name);
      return use({ socketDir, role: spec.role, ended, connect });
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
    await rm(socketDir, { recursive: true, force: true });
  }
}

interface Folders {
  readonly dir: string;
  readonly dataDir: string;
  readonly socketDir: string;
}

async function withPostmaster<T>(
  spec: ScratchSpec,
  { dir, dataDir, socketDir }: Folders,
  use: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  const hbaFile = join(dir, "hba.conf");
  await writeFile(hbaFile, "local all all trust\n", { mode: 0o600 });
  await giveTo(hbaFile, spec.user);
  const logFile = join(dir, "server.log");
  const log = await open(logFile, "a", 0o600);
  const settings = {
    ...SETTINGS,
    unix_socket_directories: socketDir,
    hba_file: hbaFile,
    ...spec.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(spec.programs.postgres, ["-D", dataDir, ...args], {
    ...runAs(spec.user),
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  let ended: string | undefined;
  const gone = new AbortController();
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => {
    ended = `ended with ${signal ?? `exit code ${String(code)}`}`;
    gone.abort(serverGone(spec, ended));
  });
  await log.close();
  const guard = startGuard(child.pid, dir);
  try {
    await waitUntilReady(spec, { dataDir, logFile, hasEnded: () => ended });
    return await use(gone.signal).catch(async (error: unknown) => {
      if (ended === undefined && !isLockstepError(error)) await endOf(child);
      // What a session says of it is less than what there is to say.
      gone.signal.throwIfAborted();
      throw error;
    });
  } finally {
    guard.kill("SIGKILL");
    const running = await findPostmaster(dataDir);
    if (running !== undefined) await endPostmaster(running, 0);
    else if (ended === undefined) child.kill("SIGQUIT");
  }
}

/** How long a session may hear of the server's end before we do, ms. */
const HEARD_LATE_MS = 250;

async function endOf(child: ChildProcess): Promise<void> {
  const signal = AbortSignal.timeout(HEARD_LATE_MS);
  await once(child, "exit", { signal }).catch(() => undefined);
}

function serverGone(spec: ScratchSpec, seen: string): LockstepError {
  return new LockstepError("PROCESS_FAILED", "The scratch server is gone", {
    ...{ where: spec.programs.postgres, seen },
    likely: "somebody ended it, or the machine ran out of memory",
    next: "run the same command again; nothing of it was left",
  });
}

/**
 * A shell that waits for our end of a pipe to close, which the kernel does also when we are killed;
 * then it ends the server and deletes its folder, which holds a copy of the data.
 */
function startGuard(pid: number | undefined, dir: string) {
  const script =
    'cat >/dev/null; kill -QUIT "$1" 2>/dev/null; while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2"';
  return spawn("sh", ["-c", script, "sh", String(pid ?? 0), dir], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
}

interface Waiting {
  readonly dataDir: string;
  readonly logFile: string;
  readonly hasEnded: () => string | undefined;
}

async function waitUntilReady(spec: ScratchSpec, waiting: Waiting): Promise<Postmaster> {
  const startedMs = performance.now();
  for (;;) {
    spec.signal?.throwIfAborted();
    const ended = waiting.hasEnded();
    const found = ended === undefined ? await findPostmaster(waiting.dataDir) : undefined;
    if (found?.isReady === true) return found;
    if (ended !== undefined || performance.now() - startedMs > START_LIMIT_MS) {
      const log = await tailOf(waiting.logFile, { maxLines: 8 });
      throw new LockstepError("PROCESS_FAILED", "The scratch server did not start", {
        where: spec.programs.postgres,
        seen: [ended ?? "it takes no connections", log].join("\n"),
      });
    }
    await delay(20);
  }
}

async function openSession(spec: ScratchSpec, host: string, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host, port: 5432, user: spec.role, database, ssl: false });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function makeSocketDir(dir: string, user: ServerUser | undefined): Promise<string> {
  const inside = join(dir, "socket");
  if (inside.length <= MAX_SOCKET_DIR) await mkdir(inside, { mode: 0o700 });
  const made =
    inside.length <= MAX_SOCKET_DIR ? inside : await mkdtemp(join(tmpdir(), "lockstep-"));
  await giveTo(made, user);
  return made;
}

/** Gives `dir` and all in it to `user`, who is to run a server on it. */
export async function giveTree(dir: string, user: ServerUser | undefined): Promise<void> {
  if (user === undefined) return;
  await chown(dir, user.uid, user.gid);
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), user.uid, user.gid);
  }
}

/** Removes what killed processes left before they had a server, and so a guard. */
export async function sweepLeftovers(): Promise<void> {
  for (const name of await readdir(scratchRoot()).catch(() => [])) {
    const dir = join(scratchRoot(), name);
    const owner = await readOwner(dir);
    if (owner === undefined || isAlive(owner)) continue;
    if ((await findPostmaster(join(dir, "data"))) !== undefined) continue;
    await rm(dir, { recursive: true, force: true });
  }
}

/** Who made the folder; undefined where it cannot be told, as while it is being made or removed. */
async function readOwner(dir: string): Promise<ProcessIdentity | undefined> {
  const text = await readIfThere(join(dir, OWNER_FILE));
  if (text === undefined) return undefined;
  const owner = OwnerSchema.safeParse(JSON.parse(text));
  return owner.success ? owner.data : undefined;
}
