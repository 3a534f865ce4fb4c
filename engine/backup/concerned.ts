// Which tables some files are about: those whose rows a proof of kind `objects` restores.
import type { Node } from "@pgsql/types";
import type { ClientBase } from "pg";
import { escapeIdentifier } from "pg";
import { strings } from "../lint/names.ts";
import type { Migration } from "../sources/migration.ts";
import { loadParser } from "../sql/parse.ts";

/** Statements that reach tables which they do not name. */
const OPAQUE = ["DoStmt", "CallStmt", "DropOwnedStmt", "ReassignOwnedStmt"];
const NAMED = ["OBJECT_TABLE", "OBJECT_INDEX", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE"];

/**
 * The tables, `schema.table`, that `files` name, with their partitions; undefined where that cannot be told: a file runs code, or drops
 * what is no relation and all that hangs on it.
 * @throws LockstepError SQL_SYNTAX; pg's errors.
 */
export async function concernedTables(
  client: ClientBase,
  files: readonly Migration[],
): Promise<readonly string[] | undefined> {
  const parser = await loadParser();
  const nodes = files.flatMap(({ sql, path }) => parser.parse(sql, path)).map(({ node }) => node);
  if (nodes.some(isOpaque)) return undefined;
  const names = [...new Set([...nodes.flatMap(dropped), ...nodes.flatMap(relationsIn)])];
  // A file's names are those of its session, whose search_path is the database's.
  const { rows } = await client.query<{ name: string }>(
    `WITH RECURSIVE named AS (
       SELECT coalesce(i.indrelid, to_regclass(name)::oid) AS oid
       FROM unnest($1::text[]) AS name LEFT JOIN pg_index i ON i.indexrelid = to_regclass(name)),
     tree AS (SELECT oid FROM named UNION SELECT h.inhrelid FROM tree JOIN pg_inherits h ON h.inhparent = tree.oid)
     SELECT n.nspname || '.' || c.relname AS name
     FROM tree JOIN pg_class c ON c.oid = tree.oid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') ORDER BY 1`,
    [names],
  );
  return rows.map(({ name }) => name);
}

function isOpaque(node: Node): boolean {
  if (OPAQUE.some((kind) => kind in node)) return true;
  if (!("DropStmt" in node)) return false;
  const { behavior, removeType } = node.DropStmt;
  return behavior === "DROP_CASCADE" && !NAMED.includes(removeType ?? "");
}

/** What DROP names stands in lists of words. */
function dropped(node: Node): readonly string[] {
  if (!("DropStmt" in node) || !NAMED.includes(node.DropStmt.removeType ?? "")) return [];
  return (node.DropStmt.objects ?? []).map((object) =>
    ("List" in object ? strings(object.List.items) : []).slice(-2).map(escapeIdentifier).join("."),
  );
}

/** Every relation that a statement names, wherever in its tree. */
function relationsIn(tree: unknown): readonly string[] {
  if (typeof tree !== "object" || tree === null) return [];
  const { relname, schemaname } = tree as { relname?: unknown; schemaname?: unknown };
  const schema = typeof schemaname === "string" ? `${escapeIdentifier(schemaname)}.` : "";
  const own = typeof relname === "string" ? [`${schema}${escapeIdentifier(relname)}`] : [];
  return [...own, ...Object.values(tree).flatMap(relationsIn)];
}
