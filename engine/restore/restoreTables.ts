// Restores the rows of single tables, into tables of their own beside those that are there; nothing is overwritten.
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { execa } from "execa";
import { type Client, escapeIdentifier } from "pg";
import { clientEnvironment } from "../backup/clientEnvironment.ts";
import { withConnection } from "../drivers/postgres/connect.ts";
import { readServerVersion } from "../drivers/postgres/serverVersion.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { recordEvent } from "../ledger/record.ts";
import { hasLedger } from "../ledger/schema.ts";
import { type CopyHead, copyHeadFor, extractTable, quoted, type TableName } from "./copyBlock.ts";
import { ensureProgram } from "./load.ts";
import { APPLICATION } from "./server.ts";
import type { RestoreSource } from "./source.ts";

/** Which tables, and where to. */
export interface TablesRequest {
  readonly source: RestoreSource;
  readonly target: DatabaseTarget;
  readonly tables: readonly { readonly from: TableName; readonly into: TableName }[];
  readonly by: string;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** A table that was restored. */
export interface RestoredTable {
  readonly from: TableName;
  readonly into: TableName;
  readonly rows: number;
}

/**
 * Restores them one after the other, each in a transaction of its own: columns and rows, no keys, indexes, triggers or grants.
 * @throws LockstepError USAGE where a table is not in the backup or the new one is there already; BACKUP_FAILED;
 * LEASE_NOT_OBTAINED where a run is under way.
 */
export async function restoreTables(request: TablesRequest): Promise<readonly RestoredTable[]> {
  const { source, target, report, signal, by } = request;
  return withConnection(target, APPLICATION, async (client) => {
    const { major } = await readServerVersion(client);
    const all = async () => {
      const restored: RestoredTable[] = [];
      for (const one of request.tables) {
        await ensureFree(client, one.into);
        const columns = await typesOf(client, source, one.from);
        report("progress", `restoring ${describe(one.from)}`);
        const load = { ...request, ...one, columns, major };
        const rows = await loadTable(load);
        ensureCount(source, one.from, rows);
        restored.push({ ...one, rows });
        report("info", `${describe(one.from)}: ${String(rows)} rows, in ${describe(one.into)}`);
      }
      return restored;
    };
    if (!(await hasLedger(client))) return all();
    const lease = { doing: "restore tables", waitMs: 0, report, signal };
    return withLease(target, lease, async () => {
      const restored = await all();
      const at = source.kind === "backup" ? source.manifest.at : "";
      const tables = restored.map(({ into }) => describe(into));
      const data = { from: source.name, at, kept: "", by, tables };
      await recordEvent(client, { release: null, kind: "restored", data });
      return restored;
    });
  });
}

interface TableLoad extends TablesRequest {
  readonly from: TableName;
  readonly into: TableName;
  readonly columns: ReadonlyMap<string, string> | readonly string[];
  readonly major: number;
}

/** @returns the rows. */
async function loadTable(load: TableLoad): Promise<number> {
  const { source, target, from, into, signal, major } = load;
  const psql = await ensureProgram("psql", 0, major);
  const extract = extractTable({
    wanted: from,
    begin: (head) => beginSql(head, load),
    end: "COMMIT;\n",
  });
  const args = [
    "--no-psqlrc",
    "--quiet",
    "--set=ON_ERROR_STOP=1",
    "--output=/dev/null",
    "--file=-",
  ];
  const writing = execa(psql.path, args, {
    env: { ...clientEnvironment(target), PGAPPNAME: APPLICATION.applicationName },
    extendEnv: false,
    stdout: "ignore",
    reject: false,
    cancelSignal: signal,
  });
  const reading = await readSql(load);
  const fed = pipeline([...reading.streams, extract, writing.stdin], { signal }).then(
    () => undefined,
    (error: unknown) => {
      // Without its COMMIT nothing of it stays.
      writing.kill("SIGKILL");
      return error;
    },
  );
  const [written, fault, complaint] = await Promise.all([writing, fed, reading.ended]);
  signal.throwIfAborted();
  const said = (written.failed && written.stderr.trim()) || complaint;
  const left = written.failed || fault !== undefined ? "it ended early" : "";
  const seen = said || (fault instanceof Error ? fault.message : left);
  if (seen) {
    throw new LockstepError("BACKUP_FAILED", `${describe(from)} could not be restored`, {
      where: `${source.name}, into ${describe(into)}`,
      seen: seen.split("\n").slice(-6).join("\n"),
      likely: /type .* does not exist/.test(seen)
        ? "a type of its columns is no longer there: restore the whole backup into another database (--into)"
        : "the dump is damaged, or the server refused the rows",
      next: "see to what it says, then run the same command again: nothing of this table was left",
    });
  }
  if (extract.found.rows === undefined) throw notThere(source, from);
  return extract.found.rows;
}

function beginSql(head: CopyHead, { into, columns }: TableLoad): string {
  const types =
    columns instanceof Map ? columns : typesFromManifest(head, columns as readonly string[]);
  const list = head.columns.map((name) => `${escapeIdentifier(name)} ${types.get(name) ?? "text"}`);
  return [
    "SET search_path = pg_catalog;\nBEGIN;",
    `CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(into.schema)};`,
    `CREATE TABLE ${quoted(into)} (${list.join(", ")});`,
    copyHeadFor(head, into),
  ].join("\n");
}

/** A manifest has `name type` in one text; the dump's own list says where the name ends. */
function typesFromManifest(head: CopyHead, columns: readonly string[]): Map<string, string> {
  const types = new Map<string, string>();
  let next = 0;
  for (const name of head.columns) {
    const at = columns.findIndex((column, index) => index >= next && column.startsWith(`${name} `));
    if (at < 0) continue;
    types.set(name, (columns[at] ?? "").slice(name.length + 1));
    next = at + 1;
  }
  return types;
}

/** The dump as SQL: as it lies there, or as pg_restore writes it. */
async function readSql({ source, from, major, signal }: TableLoad): Promise<{
  readonly streams:
    readonly NodeJS.ReadWriteStream[] | readonly [Readable, ...NodeJS.ReadWriteStream[]];
  /** What the program that reads it complained of, if it did. */
  readonly ended: Promise<string | undefined>;
}> {
  if (source.kind === "plain") {
    const file = createReadStream(source.path, { highWaterMark: 1 << 20 });
    const streams: [Readable, ...NodeJS.ReadWriteStream[]] = source.isGzip
      ? [file, createGunzip()]
      : [file];
    return { streams, ended: Promise.resolve(undefined) };
  }
  const wanted = source.kind === "backup" ? Number.parseInt(source.manifest.madeBy.version, 10) : 0;
  const program = await ensureProgram("pg_restore", wanted, major);
  const path = source.kind === "backup" ? source.dataDir : source.path;
  const args = [
    "--data-only",
    `--schema=${from.schema}`,
    `--table=${from.table}`,
    "--file=-",
    path,
  ];
  const reading = execa(program.path, args, {
    stdin: "ignore",
    encoding: "buffer",
    buffer: { stdout: false },
    reject: false,
    cancelSignal: signal,
  });
  const ended = reading.then(({ failed, stderr }) =>
    failed ? Buffer.from(stderr).toString().trim() || "pg_restore ended early" : undefined,
  );
  return { streams: [reading.stdout], ended };
}

async function typesOf(
  client: Client,
  source: RestoreSource,
  { schema, table }: TableName,
): Promise<ReadonlyMap<string, string> | readonly string[]> {
  if (source.kind === "backup") {
    const found = source.manifest.tables.find(({ name }) => name === `${schema}.${table}`);
    if (found === undefined) throw notThere(source, { schema, table });
    if (found.rows === null) throw noRows(source, { schema, table });
    return found.columns;
  }
  // Somebody else's dump: as the table is now; what it no longer has comes as text.
  const { rows } = await client.query<{ name: string; type: string }>(
    `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped`,
    [schema, table],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}

async function ensureFree(client: Client, into: TableName): Promise<void> {
  await client.query("SET search_path = pg_catalog");
  const { rowCount } = await client.query(
    `SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2`,
    [into.schema, into.table],
  );
  if (rowCount === 0) return;
  throw new LockstepError("USAGE", `There is a ${describe(into)} already`, {
    likely:
      "an earlier restore made it, or it is the very table that is in use; neither is overwritten",
    next: "drop or rename it, or name another one: --as NAME",
  });
}

function ensureCount(source: RestoreSource, { schema, table }: TableName, rows: number): void {
  if (source.kind !== "backup") return;
  const expected = source.manifest.tables.find(({ name }) => name === `${schema}.${table}`)?.rows;
  if (expected === rows) return;
  throw new LockstepError("BACKUP_FAILED", "What was restored is not what was backed up", {
    where: describe({ schema, table }),
    seen: `${String(rows)} rows instead of ${String(expected ?? 0)}`,
    next: "lockstep backups   (shows older ones)",
  });
}

/** `schema.table`, for people. */
export function describe({ schema, table }: TableName): string {
  return `${schema}.${table}`;
}

function notThere(source: RestoreSource, from: TableName): LockstepError {
  const known = source.kind === "backup" ? source.manifest.tables.map(({ name }) => name) : [];
  return new LockstepError("USAGE", `There are no rows of ${describe(from)} in ${source.name}`, {
    ...(known.length > 0 ? { seen: `it has ${known.slice(0, 20).join(", ")}` } : {}),
    likely:
      "the table is called otherwise; names are SCHEMA.TABLE, as written in the database, without quotes",
    next: "check the name",
  });
}

function noRows(source: RestoreSource, from: TableName): LockstepError {
  return new LockstepError("USAGE", `${source.name} holds no rows of ${describe(from)} itself`, {
    likely:
      "it is a partitioned table, and its rows are its partitions'; or the backup is of other tables",
    next: "name the partitions, each with --table",
  });
}
