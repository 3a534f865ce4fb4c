// A primary with a streaming standby of its own, for tests of what standbys see and of who waits for them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { clusterPaths } from "../../engine/embedded/cluster.ts";
import { chooseFreePort } from "../../engine/embedded/port.ts";
import { ensurePostgres } from "../../engine/embedded/programs.ts";
import { startEmbedded, stopEmbedded } from "../../engine/embedded/server.ts";
import { giveTo, runAs, serverUserFor } from "../../engine/embedded/serverUser.ts";
import { queryAll } from "./database.ts";
import { eventually } from "./eventually.ts";
import { ensureTestRun } from "./testRun.ts";

/** Two servers that stream; URLs of the database `postgres` as superuser. */
export interface Pair {
  readonly primaryUrl: string;
  readonly standbyUrl: string;
  /** Ends both. */
  readonly stop: () => Promise<void>;
}

/** The standby's application_name on the primary. */
export const STANDBY_NAME = "tests-standby";

/** Starts both below the run's folder, `name` apart from other pairs; the run's end ends them, too. */
export async function startPair(name: string): Promise<Pair> {
  const root = await ensureTestRun();
  const primary = { dir: join(root, `${name}-primary`), database: "postgres" };
  const first = await startEmbedded(primary);
  await stopEmbedded(primary.dir);
  const standbyDir = join(root, `${name}-standby`);
  // A server that is down can be copied as it lies, owners and modes included.
  await execa("cp", ["-a", primary.dir, standbyDir]);
  const { url, port } = await startEmbedded(primary);
  const standbyPort = await startStandby(standbyDir, {
    password: new URL(first.url).password,
    port,
  });
  const standby = new URL(url);
  standby.port = String(standbyPort);
  await eventually("a standby that streams", async () => {
    const seen = await queryAll(url, "select from pg_stat_replication where state = 'streaming'");
    return seen.length === 1;
  });
  return {
    primaryUrl: url,
    standbyUrl: standby.href,
    stop: async () => {
      await stopEmbedded(standbyDir);
      await stopEmbedded(primary.dir);
    },
  };
}

async function startStandby(
  dir: string,
  primary: { readonly password: string; readonly port: number },
): Promise<number> {
  const { dataDir, logFile } = clusterPaths(dir);
  const user = await serverUserFor(dataDir);
  const { postgres } = await ensurePostgres(user);
  const port = await chooseFreePort(dir);
  const conninfo = `host=127.0.0.1 port=${String(primary.port)} user=app password=${primary.password} application_name=${STANDBY_NAME}`;
  for (const [name, text] of [
    ["standby.signal", ""],
    ["postgresql.auto.conf", `primary_conninfo = '${conninfo}'\n`],
  ] as const) {
    const path = join(dataDir, name);
    await writeFile(path, text, { mode: 0o600 });
    await giveTo(path, user);
  }
  const log = await open(logFile, "a", 0o600);
  const { extendEnv: _extendEnv, ...as } = runAs(user);
  const args = ["-D", dataDir, "-p", String(port), "-h", "127.0.0.1", "-k", ""];
  const child = spawn(postgres, args, {
    ...as,
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.unref();
  await once(child, "spawn");
  await log.close();
  return port;
}
