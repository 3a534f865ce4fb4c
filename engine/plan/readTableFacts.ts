// Reads sizes and traffic of the tables that a release works on: from statistics and file sizes, without waiting for a lock.
import pg from "pg";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { FileChanges } from "./changes.ts";
import { readSlowest } from "./slowStatements.ts";
import type { TableFact, TableFacts } from "./tableFact.ts";

/** Statistics that are younger say nothing of the usual traffic: an hour, in ms. */
const MIN_STATISTICS_MS = 3_600_000;

/** How long to wait for a table that somebody has locked before its size at the last VACUUM has to do, ms. */
const SIZE_WAIT_MS = 200;

/** The tables that the changes work on for longer than the catalogue takes, as the files name them. */
export function tablesOf(files: readonly FileChanges[]): readonly string[] {
  const names = files.flatMap(({ changes }) => changes.flatMap(({ table }) => table ?? []));
  return [...new Set(names)];
}

interface Row {
  readonly name: string;
  /** Null where a partition was never analysed. */
  readonly rows: number | null;
  readonly parts: readonly number[];
  readonly bytes: number;
  readonly total_bytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** A table by itself, the leaves of a partitioned one, the table of an index. pg_class says 0 or -1 rows before an ANALYZE. */
const FACTS = `
WITH asked AS (
  SELECT a.name, c.oid, c.relkind FROM jsonb_to_recordset($1::jsonb) AS a(name text, path text)
  JOIN pg_catalog.pg_class c ON c.oid = to_regclass(a.path)
), parts AS (
  SELECT name, oid FROM asked WHERE relkind IN ('r', 'm')
  UNION
  SELECT a.name, t.relid FROM asked a CROSS JOIN LATERAL pg_partition_tree(a.oid) t
  WHERE a.relkind = 'p' AND t.isleaf
  UNION
  SELECT a.name, i.indrelid FROM asked a JOIN pg_catalog.pg_index i ON i.indexrelid = a.oid
), sized AS (
  SELECT p.name, c.oid, c.reltuples, c.relpages::int8 + coalesce(t.relpages, 0) AS pages,
    (SELECT coalesce(sum(x.relpages), 0) FROM pg_catalog.pg_index i
     JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid) AS index_pages
  FROM parts p JOIN pg_catalog.pg_class c ON c.oid = p.oid
  LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
)
SELECT z.name, array_agg(z.oid::int8)::float8[] AS parts,
  CASE WHEN bool_and(z.reltuples > 0 OR z.reltuples = 0 AND z.pages > 0) THEN sum(z.reltuples)::float8 END AS rows,
  (sum(z.pages) * current_setting('block_size')::int8)::float8 AS bytes,
  (sum(z.pages + z.index_pages) * current_setting('block_size')::int8)::float8 AS total_bytes,
  coalesce(sum(coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0)), 0)::float8 AS reads,
  coalesce(sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del), 0)::float8 AS writes
FROM sized z LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = z.oid
GROUP BY z.name`;

/** Before the first reset the counters go back as far as the server has run, or further: then the rate is too high. */
const AGE = `
SELECT (extract(epoch FROM clock_timestamp() - coalesce(stats_reset, pg_postmaster_start_time())) * 1000)::float8 AS ms
FROM pg_catalog.pg_stat_database WHERE datname = current_database()`;

const SIZES = `
SELECT sum(pg_table_size(oid))::float8 AS bytes, sum(pg_total_relation_size(oid))::float8 AS total_bytes
FROM unnest($1::oid[]) AS oid`;

/** Reads the facts of `tables`; those that are not there (yet) are left out. `minStatisticsMs` is for tests. */
export async function readTableFacts(
  client: Queryable,
  tables: readonly string[],
  { minStatisticsMs = MIN_STATISTICS_MS }: { readonly minStatisticsMs?: number } = {},
): Promise<TableFacts> {
  if (tables.length === 0) return new Map();
  const asked = tables.map((name) => ({ name, path: pathOf(name) }));
  const found = await client.query<Row>(FACTS, [JSON.stringify(asked)]);
  const age = (await client.query<{ ms: number }>(AGE)).rows[0]?.ms ?? 0;
  const overMs = age >= minStatisticsMs ? age : undefined;
  const slowest = await readSlowest(client, tables);
  const facts: TableFact[] = [];
  for (const row of found.rows) {
    const slowestMs = slowest.get(row.name);
    const fact = factOf(row, await sizeNow(client, row), overMs);
    facts.push({ ...fact, ...(slowestMs !== undefined && { slowestMs }) });
  }
  return new Map(facts.map((fact) => [fact.table, fact]));
}

/** A dot within a quoted name is not told from the one behind a schema; such a table is not found. */
function pathOf(name: string): string {
  return name.split(".").map(pg.escapeIdentifier).join(".");
}

/** Sizes of files need a lock, which somebody may keep from us; then undefined. */
async function sizeNow(
  client: Queryable,
  { parts }: Row,
): Promise<Pick<Row, "bytes" | "total_bytes"> | undefined> {
  await client.query("BEGIN");
  try {
    await client.query(`SET LOCAL lock_timeout = ${String(SIZE_WAIT_MS)}`);
    return (await client.query<Pick<Row, "bytes" | "total_bytes">>(SIZES, [parts])).rows[0];
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === "55P03") return undefined;
    throw error;
  } finally {
    await client.query("ROLLBACK");
  }
}

/** The larger of what is on the disk and what the last VACUUM counted: a table in growth or in use is never taken for less. */
function factOf(
  row: Row,
  now: Pick<Row, "bytes" | "total_bytes"> | undefined,
  overMs: number | undefined,
): TableFact {
  const perS = (count: number) => (overMs ? count / (overMs / 1_000) : 0);
  return {
    table: row.name,
    rows: row.rows ?? undefined,
    bytes: Math.max(row.bytes, now?.bytes ?? 0),
    totalBytes: Math.max(row.total_bytes, now?.total_bytes ?? 0),
    traffic:
      overMs === undefined
        ? undefined
        : { readsPerS: perS(row.reads), writesPerS: perS(row.writes), overMs },
  };
}
