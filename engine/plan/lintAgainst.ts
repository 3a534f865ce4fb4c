// Lint with what a database tells: its version, indexes that are INVALID there, and how large the tables are.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { lintMigrations, type LintRequest } from "../lint/lintMigrations.ts";
import type { LintFinding, ServerFacts } from "../lint/rules/rule.ts";
import { sizedTables, withSizes } from "../lint/sizes.ts";
import { readTableFacts } from "./readTableFacts.ts";

/** What lint finds, in the light of the database. `client` is in no transaction; nothing is changed. Throws pg's errors. */
export async function lintAgainst(
  client: Queryable,
  request: Omit<LintRequest, "server">,
): Promise<readonly LintFinding[]> {
  const { pending = request.migrations, levels = {} } = request;
  if (pending.length === 0) return [];
  const findings = await lintMigrations({ ...request, server: await readServerFacts(client) });
  return withSizes(findings, await readTableFacts(client, sizedTables(findings)), levels);
}

/** What rules may know of the server. An index on a partitioned table's parent only is INVALID by design. */
async function readServerFacts(client: Queryable): Promise<ServerFacts> {
  const found = await client.query<{ version: number; invalid: string[] }>(
    `SELECT current_setting('server_version_num')::int AS version, ARRAY(
       SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname
       FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT i.indisvalid AND c.relkind = 'i') AS invalid`,
  );
  const { version, invalid = [] } = found.rows[0] ?? {};
  return { ...(version !== undefined && { version }), invalidIndexes: new Set(invalid) };
}
