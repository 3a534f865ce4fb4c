// The app's slow statements on a table, where pg_stat_statements is there: a strong lock waits for them, and all others behind it.
import pg from "pg";
import type { Queryable } from "../drivers/postgres/queryable.ts";

/** A statement that ran less often is somebody's single query, not traffic. */
const LEAST_CALLS = 10;

/** Where the extension lies; its view has another owner's texts only for pg_read_all_stats. */
const EXTENSION = `
SELECT n.nspname AS schema FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'`;

/** What changes the schema or looks after it is not what it would wait for day by day. */
const slowest = (schema: string) => `
SELECT a.name, max(s.mean_exec_time)::float8 AS ms
FROM unnest($1::text[], $2::text[]) AS a (name, form)
JOIN ${pg.escapeIdentifier(schema)}.pg_stat_statements s ON s.query ~* a.form
WHERE s.calls >= ${String(LEAST_CALLS)}
  AND s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  AND s.query !~* '^\\s*(create|alter|drop|vacuum|analyze|reindex|cluster|refresh|lock|truncate)\\M'
GROUP BY a.name`;

/**
 * The mean time of the slowest statement that names each of `tables`, ms. A table is found by its bare name in the text, so one of
 * the same name in another schema counts as well. Empty where the extension is missing, not loaded, or of a version before 1.8.
 */
export async function readSlowest(
  client: Queryable,
  tables: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  try {
    const [extension] = (await client.query<{ schema: string }>(EXTENSION)).rows;
    if (!extension) return new Map();
    const forms = tables.map((name) => wordForm(name.split(".").at(-1) ?? name));
    const found = await client.query<{ name: string; ms: number }>(slowest(extension.schema), [
      [...tables],
      forms,
    ]);
    return new Map(found.rows.map(({ name, ms }) => [name, ms]));
  } catch (error) {
    // 55000: not in shared_preload_libraries; 42703: an extension that was not updated after an upgrade; 42501: not for this role.
    if (error instanceof pg.DatabaseError && /^(?:55000|42703|42501)$/.test(error.code ?? ""))
      return new Map();
    throw error;
  }
}

/** A word as PostgreSQL's regular expressions find it. */
function wordForm(name: string): string {
  return `(^|\\W)${name.replace(/[^\w]/g, (character) => `\\${character}`)}($|\\W)`;
}
