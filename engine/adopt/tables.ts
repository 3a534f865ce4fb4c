// Finds a tool's history table, and tells it from another tool's of the same name.
import pg, { type ClientBase } from "pg";
import { HISTORIES } from "./registry.ts";
import type { ToolName } from "./toolHistory.ts";

/** Where the table is, or would be. */
export interface FoundTable {
  /** As it goes into a statement: quoted where it must be, with its schema where it exists. */
  readonly table: string;
  readonly exists: boolean;
  /** What stands in its place: another tool's table. */
  readonly other?: string;
}

/**
 * Looks for `named`, else for the tool's usual table, in the role's search path. dbmate and
 * golang-migrate both call theirs schema_migrations; the columns tell.
 */
export async function findTable(
  client: ClientBase,
  format: ToolName,
  named: string | undefined,
): Promise<FoundTable> {
  const history = HISTORIES[format];
  const parts = (named ?? history.table).split(".");
  const wanted = parts.map((part) => pg.escapeIdentifier(part)).join(".");
  const found = await client.query<{ name: string; columns: string[] }>(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, array_agg(a.attname::text) AS columns
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.oid = to_regclass($1) GROUP BY 1`,
    [wanted],
  );
  const [row] = found.rows;
  if (!row) return { table: await inSchema(client, wanted, parts.length > 1), exists: false };
  const isDirtyOnes = row.columns.includes(HISTORIES["golang-migrate"].mark);
  const isOwn = row.columns.includes(history.mark) && (format !== "dbmate" || !isDirtyOnes);
  if (isOwn) return { table: row.name, exists: true };
  const whose = isDirtyOnes ? "golang-migrate's (--format golang-migrate)" : "another tool's";
  return { table: wanted, exists: false, other: `${row.name} is ${whose}` };
}

/** A table that is to be made needs a schema's name, for the ledger's transaction has no search path. */
async function inSchema(client: ClientBase, table: string, isQualified: boolean): Promise<string> {
  if (isQualified) return table;
  const found = await client.query<{ schema: string | null }>(
    "SELECT quote_ident(current_schema()) AS schema",
  );
  return `${found.rows[0]?.schema ?? "public"}.${table}`;
}
