// The empty database that a dump is restored into for its proof: in a scratch server of this machine, or on a server that somebody named.
import { randomBytes } from "node:crypto";
import { type ClientBase, escapeIdentifier, escapeLiteral } from "pg";
import { close, connect, withConnection } from "../drivers/postgres/connect.ts";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import { readServerVersion } from "../drivers/postgres/serverVersion.ts";
import { type DatabaseTarget, parseUrl } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { bareEnvironment, clientEnvironment } from "./clientEnvironment.ts";
import { initCluster } from "./initCluster.ts";
import { PROOF_URL_VARIABLE } from "./proofWish.ts";
import { chooseForDump, findServerPrograms } from "./scratchPrograms.ts";
import { withScratchServer } from "./scratchServer.ts";
import { isSameServer, readServerIdentity, type ServerIdentity } from "./serverIdentity.ts";
import { type Outcome, type Trial, unproven } from "./trial.ts";

/** Where a dump goes to be compared. */
export interface RestoredInto {
  readonly version: string;
  readonly major: number;
  /** A server of our own takes roles too; on somebody's they would be left behind. */
  readonly isOwn: boolean;
  /** What tells PostgreSQL's programs the way. */
  readonly env: Readonly<Record<string, string>>;
  /** A session on the database. The server ends with it, so nobody else has one. */
  readonly withSession: <T>(use: (client: ClientBase) => Promise<T>) => Promise<T>;
}

type Use = (into: RestoredInto) => Promise<Outcome>;

const ROLE = "lockstep_scratch";
const DATABASE = "restored";
const APPLICATION = { applicationName: "lockstep:proof" } as const;
/** Databases of proofs on somebody's server; the number is when it was made, s. */
const PREFIX = "lockstep_proof_";
/** After this such a database was left by a killed run, s. */
const STALE_SECONDS = 24 * 60 * 60;
/** CREATE DATABASE knows who provides a locale from this major version on. */
const FIRST_MAJOR_WITH_PROVIDERS = 15;

/**
 * Runs `use` with an empty database for the trial's dump, which is gone afterwards.
 * @throws LockstepError PROCESS_FAILED, CONNECTION, CONFIG for a server that is the one backed up.
 */
export async function withEmptyDatabase(trial: Trial, use: Use): Promise<Outcome> {
  const { url } = trial.wish ?? {};
  return url === undefined
    ? withScratchDatabase(trial, use)
    : withNamedDatabase(trial, parseUrl(url, PROOF_URL_VARIABLE), use);
}

async function withScratchDatabase(trial: Trial, use: Use): Promise<Outcome> {
  const { manifest, user, report, signal } = trial;
  const { major } = manifest.server;
  const programs = chooseForDump(await findServerPrograms(user, report), major);
  if (programs === undefined) {
    return unproven(`there is no PostgreSQL ${String(major)} server program here to try it on`);
  }
  report("progress", `proof: restoring the dump into a scratch PostgreSQL ${programs.version}`);
  const spec = {
    ...{ programs, user, role: ROLE, signal },
    prepare: (dataDir: string) => initCluster(dataDir, { programs, user, role: ROLE }),
    settings: { wal_level: "minimal", max_wal_senders: "0" },
  };
  return withScratchServer(spec, async (server) => {
    const withSession = async <T>(database: string, work: (client: ClientBase) => Promise<T>) => {
      const client = await server.connect(database);
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    };
    const form = encodingOptions(manifest.encoding, { major: programs.major, usual: "UTF8" });
    await withSession("postgres", async (client) => {
      await client.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0${form}`);
      for (const role of manifest.roles.filter((name) => name !== ROLE)) {
        await client.query(`CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`);
      }
    });
    const address = { PGHOST: server.socketDir, PGPORT: "5432", PGUSER: server.role };
    return use({
      ...{ version: programs.version, major: programs.major, isOwn: true },
      env: { ...bareEnvironment(), ...address, PGDATABASE: DATABASE },
      withSession: (work) => withSession(DATABASE, work),
    });
  });
}

async function withNamedDatabase(
  { manifest, wish, report }: Trial,
  admin: DatabaseTarget,
  use: Use,
): Promise<Outcome> {
  const client = await connect(admin, APPLICATION);
  try {
    if (manifest.server.identity !== undefined && wish?.onTarget !== true) {
      ensureOther(manifest.server.identity, await readServerIdentity(client), admin.display);
    }
    const { major, version } = await readServerVersion(client);
    if (major < manifest.server.major) {
      const wanted = String(manifest.server.major);
      return unproven(`${admin.display} is PostgreSQL ${version}, the backup of ${wanted}`);
    }
    report("progress", `proof: restoring the dump into PostgreSQL ${version} at ${admin.display}`);
    await dropLeftovers(client);
    const database = `${PREFIX}${String(Math.floor(Date.now() / 1000))}_${randomBytes(4).toString("hex")}`;
    const refused = await createDatabase(client, database, { encoding: manifest.encoding, major });
    if (refused !== undefined) return unproven(`${admin.display}: ${refused}`);
    try {
      const target = onDatabase(admin, database);
      return await use({
        ...{ version, major, isOwn: false, env: clientEnvironment(target) },
        withSession: (work) => withConnection(target, APPLICATION, work),
      });
    } finally {
      await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(database)} WITH (FORCE)`);
    }
  } finally {
    await close(client);
  }
}

/** What the server says against it; undefined where the database is made. */
async function createDatabase(
  client: ClientBase,
  name: string,
  { encoding, major }: { readonly encoding: string | undefined; readonly major: number },
): Promise<string | undefined> {
  const { rows } = await client.query<{ usual: string }>(
    "SELECT pg_encoding_to_char(encoding) AS usual FROM pg_database WHERE datname = 'template0'",
  );
  const form = encodingOptions(encoding, { major, usual: rows[0]?.usual ?? "" });
  try {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0${form}`);
    return undefined;
  } catch (error) {
    if (codeOf(error) === "42501") return "the role may not make databases: ALTER ROLE … CREATEDB";
    throw error;
  }
}

/** Deletes what killed proofs left here. */
async function dropLeftovers(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database
     WHERE datname ~ '^${PREFIX}\\d+_[0-9a-f]{8}$' AND pg_has_role(datdba, 'USAGE')
       AND split_part(datname, '_', 3)::bigint < extract(epoch FROM now()) - ${String(STALE_SECONDS)}`,
  );
  for (const { name } of rows) {
    await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
  }
}

/** Values are compared as they are encoded; a locale that goes with every encoding is PostgreSQL's own. */
function encodingOptions(
  encoding: string | undefined,
  { major, usual }: { readonly major: number; readonly usual: string },
): string {
  if (encoding === undefined || encoding === usual) return "";
  const provider = major >= FIRST_MAJOR_WITH_PROVIDERS ? " LOCALE_PROVIDER libc" : "";
  return ` ENCODING ${escapeLiteral(encoding)}${provider} LC_COLLATE 'C' LC_CTYPE 'C'`;
}

function onDatabase(admin: DatabaseTarget, database: string): DatabaseTarget {
  const url = new URL(admin.url);
  url.pathname = `/${database}`;
  const other = parseUrl(url.href, PROOF_URL_VARIABLE);
  return admin.dial ? { ...other, dial: admin.dial } : other;
}

/**
 * Refuses to prove a backup on the server that it is of.
 * @throws LockstepError CONFIG
 */
export function ensureOther(own: ServerIdentity, other: ServerIdentity, display: string): void {
  if (!isSameServer(own, other)) return;
  throw new LockstepError("CONFIG", "The server for proofs is the one that is backed up", {
    where: display,
    seen: "the same system identifier, or the same time of its start",
    likely: "lockstep:backup.proofUrl names the stack's own server, or a copy of it",
    next: "name another server; or, to load this one with a restore: pulumi config set --path lockstep:backup.proofOnTarget true",
  });
}
