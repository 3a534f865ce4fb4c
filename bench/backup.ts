// A backup with its proof, against plain pg_dump and pg_restore of the same database with the same number of jobs.
import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { clientEnvironment } from "../engine/backup/clientEnvironment.ts";
import { findPrograms } from "../engine/backup/clients.ts";
import { initCluster } from "../engine/backup/initCluster.ts";
import { withScratchServer } from "../engine/backup/scratchServer.ts";
import { takeBackup } from "../engine/backup/takeBackup.ts";
import { parseUrl } from "../engine/drivers/postgres/target.ts";
import { serverUserFor } from "../engine/embedded/serverUser.ts";
import { silent } from "../engine/events.ts";
import { queryAll } from "../test/support/database.ts";
import { makeTempDir } from "../test/support/tempDir.ts";
import { ratiosOf, spreadOf } from "./statistics.ts";

const ROLE = "admin";
const TABLES = 8;
const ROWS = 150_000;
const JOBS = String(Math.min(4, availableParallelism()));

/** Lines with the times of both, and their ratio. */
export async function benchBackup(runs: number): Promise<readonly string[]> {
  const [dump] = await findPrograms("pg_dump");
  const server = (await findPrograms("postgres")).find(({ major }) => major === dump?.major);
  if (!dump || !server) return ["backup: no pg_dump with a server of its version here"];
  const dir = await makeTempDir("bench");
  const user = await serverUserFor(join(dir, "none"));
  const bin = dirname(server.path);
  const clients = dirname(dump.path);
  const programs = { ...server, postgres: server.path, initdb: join(bin, "initdb") };
  const prepare = (dataDir: string) => initCluster(dataDir, { programs, user, role: ROLE });
  const spec = { programs, user, role: ROLE, prepare, settings: {} };
  return withScratchServer(spec, async ({ socketDir }) => {
    const base = `postgresql://${ROLE}@localhost/postgres?host=${encodeURIComponent(socketDir)}`;
    const url = base.replace("/postgres?", "/shop?");
    await queryAll(base, "CREATE DATABASE shop");
    for (let n = 0; n < TABLES; n += 1) {
      await queryAll(
        url,
        `CREATE TABLE t${String(n)} AS SELECT i AS id, md5(i::text) AS a, 'customer ' || i AS b
           FROM generate_series(1, ${String(ROWS)}) i;
         ALTER TABLE t${String(n)} ADD PRIMARY KEY (id); CREATE INDEX ON t${String(n)} (a)`,
      );
    }
    const [size] = await queryAll<{ mb: string }>(
      url,
      "SELECT round(pg_database_size('shop') / 1048576.0) AS mb",
    );
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let run = 0; run <= runs; run += 1) {
      const plain = await timeOf(() => runPlain(base, clients, join(dir, "plain")));
      const own = await timeOf(() => runOwn(url, join(dir, "own")));
      // The first of each fills the caches.
      if (run > 0) {
        theirs.push(plain);
        ours.push(own);
      }
    }
    const [own, plain] = [spreadOf(ours), spreadOf(theirs)];
    const ratio = spreadOf(ratiosOf(ours, theirs));
    return [
      `a backup of ${size?.mb ?? "?"} MB in ${String(TABLES)} tables, ${JOBS} jobs, ms`,
      `  lockstep, dumped, counted, summed, restored, compared  ${own.median.toFixed(0)}`,
      `  pg_dump -j and pg_restore -j                           ${plain.median.toFixed(0)}`,
      `  ratio ${ratio.median.toFixed(2)} [${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}]`,
    ];
  });
}

async function runPlain(base: string, bin: string, dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  const env = clientEnvironment(parseUrl(base.replace("/postgres?", "/shop?"), "bench"));
  await queryAll(base, "DROP DATABASE IF EXISTS copy");
  await execa(join(bin, "pg_dump"), ["-Fd", "-j", JOBS, "-f", dir], { env });
  await queryAll(base, "CREATE DATABASE copy");
  await execa(join(bin, "pg_restore"), ["-j", JOBS, "-d", "copy", dir], { env });
}

async function runOwn(url: string, destination: string): Promise<void> {
  await rm(destination, { recursive: true, force: true });
  const release = { digest: "", label: "bench" };
  const way = "dump";
  const { proof } = await takeBackup({
    ...{ url, destination, release, way, before: "hand", report: silent },
  });
  if (proof.result !== "passed") throw new Error(proof.why);
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
