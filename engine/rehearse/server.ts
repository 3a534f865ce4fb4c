// The server that a rehearsal runs on: a scratch cluster of the target's major version, or one that somebody named.
import pg, { type Client } from "pg";
import { initCluster } from "../backup/initCluster.ts";
import {
  choosePhysical,
  findServerPrograms,
  type ServerPrograms,
} from "../backup/scratchPrograms.ts";
import { scratchRoot, withScratchServer } from "../backup/scratchServer.ts";
import { formatBytes, freeBytesOn, type FreeBytes } from "../backup/space.ts";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { ensureReachableDir, serverUserFor } from "../embedded/serverUser.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";

/** A server to rehearse on. */
export interface RehearsalServer {
  /** A cluster of its own takes roles and tablespaces too; on somebody's server these would be left behind. */
  readonly isOwn: boolean;
  readonly version: string;
  readonly major: number;
  /** The database to make others from. */
  readonly admin: DatabaseTarget;
  /** Another database of this server. */
  readonly target: (database: string) => DatabaseTarget;
  /** Aborted on an interrupt, and when the server is gone. */
  readonly signal: AbortSignal;
}

/** Which server is wanted. */
export interface ServerWish {
  /** Where databases may be made; a cluster is made for the rehearsal where it is undefined. */
  readonly url: DatabaseTarget | undefined;
  /** The target's major version; any will do where it is undefined. */
  readonly major: number | undefined;
  readonly report: Report;
  readonly signal: AbortSignal;
}

const ROLE = "lockstep_scratch";
const APPLICATION = { applicationName: "lockstep:rehearse" } as const;
/** A new cluster with a few databases in it, each about 8 MB with its WAL, bytes. */
const CLUSTER_BYTES = 200 * 1024 * 1024;
/** From this major version on a tablespace may lie within the data folder. */
const FIRST_MAJOR_WITH_IN_PLACE_TABLESPACES = 15;

/**
 * Runs `use` with a server; a cluster of its own is ended and deleted after, also where this process is killed.
 * @throws LockstepError CONFIG where there is no server of that major version, or no room for one, PROCESS_FAILED.
 */
export async function withRehearsalServer<T>(
  wish: ServerWish,
  use: (server: RehearsalServer) => Promise<T>,
): Promise<T> {
  return wish.url ? withNamedServer(wish, wish.url, use) : withCluster(wish, use);
}

/** Runs `use` with a session on the server's own database. */
export async function asAdmin<T>(
  server: Pick<RehearsalServer, "admin">,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  return withConnection(server.admin, APPLICATION, use);
}

async function withNamedServer<T>(
  { major, signal }: ServerWish,
  admin: DatabaseTarget,
  use: (server: RehearsalServer) => Promise<T>,
): Promise<T> {
  const found = await withConnection(admin, APPLICATION, (client) =>
    client.query<{ version: string; major: number }>(
      "SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major",
    ),
  );
  const { version = "", major: own = 0 } = found.rows[0] ?? {};
  if (major !== undefined && major !== own) {
    throw new LockstepError("CONFIG", "The rehearsal's server has another major version", {
      where: admin.display,
      seen: `PostgreSQL ${version}, and the target is PostgreSQL ${String(major)}`,
      next: `name a server of version ${String(major)} in LOCKSTEP_REHEARSAL_URL`,
    });
  }
  const target = (database: string) => databaseOf(admin, database);
  // Debian's packages add their own name: 15.18 (Debian 15.18-0+deb12u1).
  return use({
    isOwn: false,
    version: version.split(" ")[0] ?? "",
    major: own,
    admin,
    target,
    signal,
  });
}

function databaseOf(admin: DatabaseTarget, database: string): DatabaseTarget {
  const url = new URL(admin.url);
  url.pathname = `/${encodeURIComponent(database)}`;
  const display = `${admin.host}:${String(admin.port)}/${database}`;
  return { ...admin, url: url.href, database, display };
}

async function withCluster<T>(
  wish: ServerWish,
  use: (server: RehearsalServer) => Promise<T>,
): Promise<T> {
  const { report, signal } = wish;
  const user = await serverUserFor(`${scratchRoot()}/new`);
  const programs = choose(await findServerPrograms(user, report), wish.major);
  await ensureReachableDir(scratchRoot(), user);
  await ensureRoom(scratchRoot());
  report("progress", `rehearsal: starting a scratch PostgreSQL ${programs.version}`);
  const inPlace =
    programs.major >= FIRST_MAJOR_WITH_IN_PLACE_TABLESPACES
      ? { allow_in_place_tablespaces: "on" }
      : {};
  const spec = {
    ...{ programs, user, role: ROLE, signal },
    prepare: (dataDir: string) => initCluster(dataDir, { programs, user, role: ROLE }),
    settings: { wal_level: "logical", ...inPlace },
  };
  return withScratchServer(spec, async ({ socketDir, ended }) => {
    const target = (database: string) => socketTarget(socketDir, database);
    return use({
      ...{ isOwn: true, version: programs.version, major: programs.major },
      ...{ admin: target("postgres"), target, signal: AbortSignal.any([signal, ended]) },
    });
  });
}

/**
 * Looks whether a cluster fits on the disk of `dir`.
 * @throws LockstepError CONFIG with the numbers.
 */
export async function ensureRoom(dir: string, freeBytes: FreeBytes = freeBytesOn): Promise<void> {
  const free = await freeBytes(dir);
  if (free >= CLUSTER_BYTES) return;
  throw new LockstepError("CONFIG", "Not enough disk space for a scratch cluster", {
    where: dir,
    seen: `${formatBytes(free)} free, ${formatBytes(CLUSTER_BYTES)} needed`,
    next: `free ${formatBytes(CLUSTER_BYTES - free)} there, set LOCKSTEP_HOME to a folder on another disk, or name a server: export LOCKSTEP_REHEARSAL_URL=...`,
  });
}

function choose(programs: readonly ServerPrograms[], major: number | undefined): ServerPrograms {
  const found = major === undefined ? programs[0] : choosePhysical(programs, major);
  if (found) return found;
  const there = [...new Set(programs.map(({ version }) => version))].join(", ") || "none";
  const wanted = major === undefined ? "" : ` ${String(major)}`;
  throw new LockstepError("CONFIG", `There is no PostgreSQL${wanted} here to rehearse on`, {
    seen: `server programs: ${there}`,
    likely: "a rehearsal on another major version would prove little",
    next: `apt-get install postgresql${wanted.replace(" ", "-")}   (Debian and Ubuntu), or name a server: export LOCKSTEP_REHEARSAL_URL=postgresql://USER:PASSWORD@HOST/postgres`,
  });
}

function socketTarget(socketDir: string, database: string): DatabaseTarget {
  const url = new URL("postgresql://localhost:5432");
  url.username = ROLE;
  url.pathname = `/${encodeURIComponent(database)}`;
  url.search = new URLSearchParams({ host: socketDir, sslmode: "disable" }).toString();
  return {
    ...{ url: url.href, host: socketDir, port: 5432, database, user: ROLE },
    display: `scratch server/${database}`,
  };
}

/** Makes database `name` as a copy of `template`, hands it to `use` and drops it however that went. */
export async function withCopy<T>(
  server: RehearsalServer,
  { name, template }: { readonly name: string; readonly template: string },
  use: (target: DatabaseTarget) => Promise<T>,
): Promise<T> {
  const [quoted, from] = [name, template].map((one) => pg.escapeIdentifier(one));
  try {
    await asAdmin(server, (client) =>
      client.query(`CREATE DATABASE ${quoted ?? ""} TEMPLATE ${from ?? ""}`),
    );
    return await use(server.target(name));
  } finally {
    // A server that is gone takes its databases with it.
    await asAdmin(server, (client) =>
      client.query(`DROP DATABASE IF EXISTS ${quoted ?? ""} WITH (FORCE)`),
    ).catch(() => undefined);
  }
}
