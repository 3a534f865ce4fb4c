// Real databases for tests: one shared throw-away server a run, one database a test.
//
// The server is TEST_DATABASE_URL if that is set (a role that may create databases and roles), else
// one that the first test to ask starts and that ends with the run (testRun.ts). The same in one
// process, with --parallel (the workers meet in the run's folder) and for a single file.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach } from "mocha";
import pg from "pg";
import { startEmbedded } from "../../engine/embedded/server.ts";
import { ensureTestRun } from "./testRun.ts";
import { makeTestSecret } from "./testSecret.ts";

let shared: Promise<string> | undefined;

/** URL of the shared server's `postgres` database, as its superuser. Starts the server if need be. */
export async function serverUrl(): Promise<string> {
  shared ??= findServer();
  return shared;
}

async function findServer(): Promise<string> {
  if (process.env.TEST_DATABASE_URL) return process.env.TEST_DATABASE_URL;
  const dir = join(await ensureTestRun(), "server");
  const { url } = await startEmbedded({ dir, database: "postgres", scratch: true });
  return url;
}

/** What a test database starts from. */
export interface DatabaseOptions {
  /** A database to copy; nobody may be connected to it meanwhile. @default an empty one */
  readonly template?: string;
}

/** Makes a database and returns its URL. For use outside of `withDatabase`, with `dropDatabase`. */
export async function createDatabase(options: DatabaseOptions = {}): Promise<string> {
  const url = new URL(await serverUrl());
  const name = `db_${randomBytes(6).toString("hex")}`;
  const template = pg.escapeIdentifier(options.template ?? "template0");
  await queryAll(url.href, `create database ${name} template ${template}`);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops a database made here, its sessions (whoever forgot them) and the roles made for it. */
export async function dropDatabase(url: string): Promise<void> {
  const admin = await serverUrl();
  const name = databaseName(url);
  await queryAll(admin, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  const roles = await queryAll<{ rolname: string }>(
    admin,
    "select rolname from pg_roles where starts_with(rolname, $1 || '_')",
    [name],
  );
  for (const { rolname } of roles)
    await queryAll(admin, `drop role ${pg.escapeIdentifier(rolname)}`);
}

/** Runs `body` with the URL of a new database, dropped after. */
export async function withDatabase<T>(
  body: (url: string) => Promise<T>,
  options: DatabaseOptions = {},
): Promise<T> {
  const url = await createDatabase(options);
  try {
    return await body(url);
  } finally {
    await dropDatabase(url);
  }
}

/** Call it in a `describe`: each test gets a new database, `url`, which is dropped after it. */
export function useDatabase(options: DatabaseOptions = {}): { readonly url: string } {
  let url = "";
  beforeEach(async () => {
    url = await createDatabase(options);
  });
  afterEach(async () => {
    if (url !== "") await dropDatabase(url);
    url = "";
  });
  return {
    get url() {
      return url;
    },
  };
}

/**
 * The URL of the same database as a plain role that owns it, the shape of managed services: no
 * superuser, no CREATEDB, no CREATEROLE, no pg_read_all_stats. It is dropped with the database.
 */
export async function createOwnerRole(url: string): Promise<string> {
  const role = await createRole(url);
  const name = pg.escapeIdentifier(databaseName(url));
  const { username } = new URL(role);
  await queryAll(url, `alter database ${name} owner to ${username}`);
  await queryAll(url, `alter schema public owner to ${username}`);
  return role;
}

/** The URL of the same database as a new role without any privilege. It is dropped with the database. */
export async function createRole(url: string): Promise<string> {
  const role = `${databaseName(url)}_${randomBytes(3).toString("hex")}`;
  const password = makeTestSecret();
  await queryAll(url, `create role ${role} login password '${password}'`);
  const own = new URL(url);
  own.username = role;
  own.password = password;
  return own.href;
}

/** The rows of one query on a connection of its own. */
export async function queryAll<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  return withClient(url, async (client) => (await client.query<Row>(sql, [...params])).rows);
}

/** The major version of the server at `url`: what a test expects may depend on it. */
export async function serverMajor(url: string): Promise<number> {
  const [row] = await queryAll<{ major: number }>(
    url,
    "select current_setting('server_version_num')::int / 10000 as major",
  );
  return row?.major ?? 0;
}

/** Runs `body` with a connected client, closed after. */
export async function withClient<T>(
  url: string,
  body: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // Sessions cut by a test are reported by the query that meets them; idle ones may go unheard.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}

/** The database that `url` names. */
export function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}
