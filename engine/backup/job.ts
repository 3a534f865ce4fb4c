// What both ways of taking a backup are given and hand back.
import type { ClientBase } from "pg";
import { type ServerVersion, versionOf } from "../drivers/postgres/serverVersion.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import type { Report } from "../events.ts";
import type { BackupTable, CountPoint } from "./manifest.ts";
import { readServerIdentity, type ServerIdentity } from "./serverIdentity.ts";
import type { ValueChecks } from "./valueChecks.ts";

/** A backup to take into an empty folder. */
export interface BackupJob {
  readonly target: DatabaseTarget;
  /** Our own session on that database, settings as in `READER_SETTINGS`, no transaction open. */
  readonly client: ClientBase;
  readonly server: ServerFacts;
  /** Empty, mode 0700. */
  readonly dataDir: string;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** Tables whose rows are wanted, `schema.table`; all when missing. */
  readonly only?: readonly string[] | undefined;
  /** Whose values are read too. */
  readonly checks?: ValueChecks | undefined;
  /** What the files may come to, bytes; undefined where nothing is known of it. */
  readonly expectedBytes?: number | undefined;
}

/** What the server says of itself. */
export interface ServerFacts extends ServerVersion {
  readonly database: string;
  /** Who we are there. */
  readonly role: string;
  /** The database's, `UTF8`. */
  readonly encoding: string;
  readonly identity: ServerIdentity;
  /** pg_database_size, bytes. */
  readonly databaseBytes: number;
}

/** What was taken, but for its files. */
export interface TakenBackup {
  readonly kind: "dump" | "physical";
  readonly madeBy: { readonly program: string; readonly version: string };
  /** When the counts' snapshot was taken. */
  readonly at: Date;
  readonly lsn: string;
  readonly point: CountPoint;
  readonly tables: BackupTable[];
}

/** The server's facts. Throws pg's errors. */
export async function readServerFacts(client: ClientBase): Promise<ServerFacts> {
  const { rows } = await client.query<{
    number: string;
    database: string;
    role: string;
    encoding: string;
    bytes: string;
  }>(
    `SELECT current_setting('server_version_num') AS number, current_database() AS database,
            current_user AS role, current_setting('server_encoding') AS encoding,
            pg_database_size(current_database()) AS bytes`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("the server answered a one-row query with none");
  return {
    ...versionOf(Number(row.number)),
    database: row.database,
    role: row.role,
    identity: await readServerIdentity(client),
    encoding: row.encoding,
    databaseBytes: Number(row.bytes),
  };
}
