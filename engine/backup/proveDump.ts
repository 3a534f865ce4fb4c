// Proof of a dump: pg_restore takes it into an empty scratch server, which then holds the same tables and rows.
import { availableParallelism } from "node:os";
import { execa } from "execa";
import type pg from "pg";
import { escapeIdentifier, escapeLiteral } from "pg";
import { bareEnvironment } from "./clientEnvironment.ts";
import { findPrograms } from "./clients.ts";
import { compareContents, describeDifferences } from "./compare.ts";
import { countTables, findTables, READER_SETTINGS } from "./contents.ts";
import { initCluster } from "./initCluster.ts";
import { chooseForDump, findServerPrograms } from "./scratchPrograms.ts";
import { type ScratchServer, withScratchServer } from "./scratchServer.ts";
import { failed, type Outcome, passed, type Trial, unproven } from "./trial.ts";
import { isCheckedIn } from "./valueChecks.ts";

const ROLE = "lockstep_scratch";
const DATABASE = "restored";
const MAX_JOBS = 4;
/** CREATE DATABASE knows who provides a locale from this major version on. */
const FIRST_MAJOR_WITH_PROVIDERS = 15;

/** Restores the dump and compares. Throws PROCESS_FAILED if no scratch server can be made. */
export async function proveDump(trial: Trial): Promise<Outcome> {
  const { manifest, user, report, signal } = trial;
  const { major } = manifest.server;
  const toolMajor = Number.parseInt(manifest.madeBy.version, 10);
  const [restorer, programs] = [
    chooseForDump(await findPrograms("pg_restore"), toolMajor),
    chooseForDump(await findServerPrograms(user, report), major),
  ];
  if (restorer === undefined) {
    return unproven(`there is no pg_restore of version ${String(toolMajor)} or newer here`);
  }
  if (programs === undefined) {
    return unproven(`there is no PostgreSQL ${String(major)} server program here to try it on`);
  }
  report("progress", `proof: restoring the dump into a scratch PostgreSQL ${programs.version}`);
  const spec = {
    programs,
    user,
    role: ROLE,
    signal,
    prepare: (dataDir: string) => initCluster(dataDir, { programs, user, role: ROLE }),
    settings: { wal_level: "minimal", max_wal_senders: "0" },
  };
  return withScratchServer(spec, async (server) => {
    const missing = await makeSurroundings(server, trial, programs.major);
    if (missing.length > 0) {
      return unproven(`the scratch server lacks extensions: ${missing.join(", ")}`);
    }
    const complaint = await restore(server, restorer.path, trial);
    if (complaint !== undefined) {
      // Another major version may refuse what is good: that says nothing of the dump.
      if (programs.major === major) return failed([`pg_restore: ${complaint}`]);
      return unproven(`pg_restore into PostgreSQL ${programs.version}: ${complaint}`);
    }
    return withSession(server, DATABASE, async (client) => {
      await client.query(`${READER_SETTINGS}; BEGIN`);
      const actual = await countTables(client, await findTables(client), {
        ...{ kind: "dump", signal },
        checked: isCheckedIn(manifest.tables),
      });
      const comparison = compareContents(manifest.tables, actual);
      const differences = describeDifferences(comparison);
      if (differences.length > 0) return failed(differences);
      return passed(comparison, `restored into PostgreSQL ${programs.version}`);
    });
  });
}

/** Makes the database and the roles that policies name; returns the extensions that cannot be had. */
async function makeSurroundings(
  server: ScratchServer,
  trial: Trial,
  major: number,
): Promise<string[]> {
  const { extensions, roles, encoding } = trial.manifest;
  return withSession(server, "postgres", async (client) => {
    const form = encodingOptions(encoding, major);
    await client.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0${form}`);
    for (const role of roles.filter((name) => name !== ROLE)) {
      await client.query(`CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`);
    }
    const { rows } = await client.query<{ name: string }>(
      `SELECT wanted AS name FROM unnest($1::text[]) AS wanted
       WHERE NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = wanted)`,
      [extensions],
    );
    return rows.map((row) => row.name);
  });
}

/** Values are compared as they are encoded; a locale that goes with every encoding is PostgreSQL's own. */
function encodingOptions(encoding: string | undefined, major: number): string {
  if (encoding === undefined || encoding === "UTF8") return "";
  const provider = major >= FIRST_MAJOR_WITH_PROVIDERS ? " LOCALE_PROVIDER libc" : "";
  return ` ENCODING ${escapeLiteral(encoding)}${provider} LC_COLLATE 'C' LC_CTYPE 'C'`;
}

/** What pg_restore complained of; undefined if it took everything. */
async function restore(
  server: ScratchServer,
  program: string,
  { manifest, dataDir, signal }: Trial,
): Promise<string | undefined> {
  const args = [
    ...["--exit-on-error", "--no-owner", "--no-privileges", "--no-tablespaces"],
    // Tables of which the backup has no rows would fail the foreign keys of those that it has.
    ...(manifest.only ? ["--section=pre-data", "--section=data"] : []),
    ...["--no-publications", "--no-subscriptions", "--no-security-labels"],
    `--jobs=${String(Math.min(MAX_JOBS, availableParallelism()))}`,
    ...[`--dbname=${DATABASE}`, dataDir],
  ];
  const result = await execa(program, args, {
    env: { ...bareEnvironment(), PGHOST: server.socketDir, PGPORT: "5432", PGUSER: server.role },
    extendEnv: false,
    stdin: "ignore",
    reject: false,
    forceKillAfterDelay: 5_000,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  signal?.throwIfAborted();
  if (!result.failed) return undefined;
  return (result.stderr || (result.originalMessage ?? "")).trim().split("\n").slice(-3).join(" ");
}

async function withSession<T>(
  server: ScratchServer,
  database: string,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await server.connect(database);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
