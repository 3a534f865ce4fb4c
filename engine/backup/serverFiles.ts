// Whether the server's data folder is on this machine, and ours to read.
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";

/** A data folder that can be copied, or why it cannot. */
export type ServerFiles =
  { readonly dataDir: string; readonly clusterBytes: number } | { readonly whyNot: string };

interface Row {
  readonly dir: string | null;
  readonly mayBackUp: boolean;
  readonly standby: boolean;
  readonly tablespaces: number;
  readonly bytes: string | null;
}

// A role without rights sees no data_directory, and may not call pg_control_system or size them all.
const QUESTION = `
  SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS dir,
         (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "mayBackUp",
         pg_is_in_recovery() AS standby,
         (SELECT count(*)::int FROM pg_tablespace WHERE spcname !~ '^pg_') AS tablespaces,
         CASE WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
              THEN (SELECT sum(pg_database_size(oid)) FROM pg_database) END AS bytes`;

/**
 * The data folder behind `client`. That it is the same server is told by the system identifier, a
 * number that initdb gives each cluster, in the server and in the folder. Throws pg's errors.
 */
export async function findServerFiles(client: ClientBase): Promise<ServerFiles> {
  const [row] = (await client.query<Row>(QUESTION)).rows;
  if (row?.mayBackUp !== true || row.dir === null) {
    return no("the role is no superuser, so the server's files cannot be copied either");
  }
  if (row.standby) return no("this server is a standby: its files are not copied");
  if (row.tablespaces > 0) return no("the server has tablespaces outside its data folder");
  const identifiers = await client.query<{ id: string }>(
    "SELECT system_identifier::text AS id FROM pg_control_system()",
  );
  const onDisk = await readSystemIdentifier(row.dir);
  if (onDisk === undefined || onDisk !== identifiers.rows[0]?.id) {
    return no("the server's data folder is not on this machine, or not readable here");
  }
  const hasConfig = await stat(join(row.dir, "postgresql.conf")).then(
    () => true,
    () => false,
  );
  if (!hasConfig) return no("the server's configuration is outside its data folder");
  return { dataDir: row.dir, clusterBytes: Number(row.bytes ?? 0) };
}

/** The cluster's number from `global/pg_control`; undefined if the file cannot be read. */
async function readSystemIdentifier(dataDir: string): Promise<string | undefined> {
  try {
    const file = await open(join(dataDir, "global", "pg_control"), "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
      // Written as the machine's own uint64; all of the embedded server's platforms are little-endian.
      return bytesRead === 8 ? buffer.readBigUInt64LE(0).toString() : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function no(whyNot: string): ServerFiles {
  return { whyNot };
}
