// Whether a table can be walked by a key: rows without one would be passed by, and without an index each batch reads the whole table.
import { LockstepError } from "../errors/lockstepError.ts";
import type { Run } from "../run/workSession.ts";
import type { BackfillDirective, Migration } from "../sources/migration.ts";
import { keyColumns } from "./batchSql.ts";

/** Whether an index begins with these columns, in any order of its first ones, and holds every row. */
const IS_INDEXED = `
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_am a ON a.oid = c.relam
  WHERE i.indrelid = $1::regclass AND i.indisvalid AND i.indpred IS NULL AND a.amname = 'btree'
    AND (SELECT array_agg(k.name::text ORDER BY k.place) FROM (
      SELECT t.attname AS name, n.place FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS n(number, place)
      JOIN pg_catalog.pg_attribute t ON t.attrelid = i.indrelid AND t.attnum = n.number
      WHERE n.place <= cardinality($2::text[])) AS k) = $2::text[]) AS indexed,
  (SELECT count(*)::int FROM pg_catalog.pg_attribute t
   WHERE t.attrelid = $1::regclass AND t.attname = ANY($2::text[]) AND NOT t.attnotnull) AS nullable`;

/**
 * Looks at the key before the first batch.
 * @throws LockstepError STATEMENT_FAILED where rows have no key.
 */
export async function checkKey(run: Run, migration: Migration, key: BackfillDirective) {
  const columns = keyColumns(key.key);
  const names = columns.map(spelled);
  const found = await run.session.query<{ indexed: boolean; nullable: number }>(IS_INDEXED, [
    key.table,
    names,
  ]);
  const { indexed = true, nullable = 0 } = found.rows[0] ?? {};
  if (!indexed) {
    run.report(
      "warn",
      `${migration.path}: no index of ${key.table} begins with ${key.key}, so each batch reads the whole table`,
    );
  }
  if (nullable > 0) await ensureNoneWithoutKey(run, migration, key);
}

async function ensureNoneWithoutKey(run: Run, migration: Migration, key: BackfillDirective) {
  const isNull = keyColumns(key.key).map((column) => `${column} IS NULL`);
  const found = await run.session.query(
    `SELECT FROM ${key.table} WHERE ${isNull.join(" OR ")} LIMIT 1`,
  );
  if (found.rowCount === 0) return;
  throw new LockstepError("STATEMENT_FAILED", "A backfill would pass by rows that have no key", {
    where: migration.path,
    seen: `rows of ${key.table} where ${isNull.join(" or ")}`,
    next: "name columns that are never null (key=...), the primary key's as a rule; nothing was filled",
  });
}

/** A column's name as the catalogue has it. */
function spelled(column: string): string {
  return column.startsWith('"') ? column.slice(1, -1).replaceAll('""', '"') : column.toLowerCase();
}
