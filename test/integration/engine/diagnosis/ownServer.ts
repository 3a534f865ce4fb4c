// A server of a test's own, which may be set as no shared one may: closed, full, with TLS, followed by a standby.
import {
  appendFile,
  chmod,
  chown,
  cp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach } from "mocha";
import { backupMode } from "../../../../engine/backup/backupMode.ts";
import { startEmbedded, stopEmbedded } from "../../../../engine/embedded/server.ts";
import { queryAll, serverMajor, withClient } from "../../../support/database.ts";
import { makeTempDir } from "../../../support/tempDir.ts";

/** A running server. */
export interface OwnServer {
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  readonly port: number;
  /** Its folder, for `stopEmbedded` and `startEmbedded`. */
  readonly dir: string;
}

/** Call it in a `describe`: each test gets a new server with the database `shop`, stopped after it. */
export function useServer(): OwnServer {
  let server: OwnServer | undefined;
  beforeEach(async () => {
    const dir = await makeTempDir("server");
    server = { ...(await startEmbedded({ dir, database: "shop" })), dir };
  });
  afterEach(async () => {
    if (server === undefined) return;
    await stopEmbedded(server.dir);
    await rm(server.dir, { recursive: true, force: true });
  });
  return new Proxy({} as OwnServer, { get: (_, key) => Reflect.get(server ?? {}, key) as unknown });
}

/** `url` as another role, and with other parts. */
export function urlAs(
  url: string,
  parts: Partial<Record<"username" | "password" | "search" | "hostname" | "pathname", string>>,
): string {
  return Object.assign(new URL(url), parts).href;
}

/** Sets settings that a reload of the configuration is enough for. */
export async function setServer(
  url: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await queryAll(url, `ALTER SYSTEM SET ${name} = '${value}'`);
  await queryAll(url, "SELECT pg_reload_conf()");
}

/** Writes a file into the server's data folder that its user owns, mode 0600. */
export async function writeServerFile(
  server: OwnServer,
  name: string,
  text: string,
): Promise<string> {
  const path = join(server.dataDir, name);
  const { uid, gid } = await stat(server.dataDir);
  await writeFile(path, text, { mode: 0o600 });
  await chown(path, uid, gid);
  return path;
}

/** Puts `line` before all others of pg_hba.conf and reloads it. */
export async function putHbaLine(server: OwnServer, line: string): Promise<void> {
  const path = join(server.dataDir, "pg_hba.conf");
  await writeServerFile(server, "pg_hba.conf", `${line}\n${await readFile(path, "utf8")}`);
  await queryAll(server.url, "SELECT pg_reload_conf()");
}

/** A standby that follows `server`, in a folder of its own; it is to be stopped with `stopEmbedded`. */
export async function startStandby(server: OwnServer, dir: string): Promise<string> {
  const dataDir = join(dir, "data");
  await withClient(server.url, async (client) => {
    const { start, stop } = backupMode(await serverMajor(server.url));
    await client.query(start, ["standby"]);
    await cp(server.dataDir, dataDir, { recursive: true, preserveTimestamps: true });
    const { rows } = await client.query<{ label: string }>(stop);
    await writeFile(join(dataDir, "backup_label"), rows[0]?.label ?? "");
  });
  await rm(join(dataDir, "postmaster.pid"), { force: true });
  await writeFile(join(dataDir, "standby.signal"), "");
  const { username, password, port } = new URL(server.url);
  await appendFile(
    join(dataDir, "postgresql.auto.conf"),
    `\nprimary_conninfo = 'host=127.0.0.1 port=${port} user=${username} password=${password}'\n`,
  );
  await cp(join(server.dir, "password"), join(dir, "password"));
  const { uid, gid } = await stat(server.dataDir);
  await giveAll(dataDir, uid, gid);
  return (await startEmbedded({ dir, database: "shop" })).url;
}

async function giveAll(dir: string, uid: number, gid: number): Promise<void> {
  await chown(dir, uid, gid);
  await chmod(dir, 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true }))
    await chown(join(entry.parentPath, entry.name), uid, gid);
}
