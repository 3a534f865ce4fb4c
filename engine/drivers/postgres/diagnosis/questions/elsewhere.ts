// Where a missing object is after all: in another schema, or in an extension that is not installed here.
import type { FuncCall, IndexElem, TypeName } from "@pgsql/types";
import { strings } from "../../../../lint/names.ts";
import type { Asked } from "../asked.ts";
import type { Facts } from "../entry.ts";
import { extensionOf } from "../extensions.ts";
import { known, quoteIfNeeded } from "../facts.ts";
import { findNodes, pathOf, relationsOf, type ReadStatement } from "../statement.ts";

const RELATIONS = `
  SELECT c.oid::regclass::text AS path FROM pg_catalog.pg_class c
  WHERE c.relname = ANY ($1) AND NOT pg_table_is_visible(c.oid)
    AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')`;
const ROUTINES = `
  SELECT DISTINCT format('%I.%I', n.nspname, p.proname) AS path
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE p.proname = ANY ($1) AND NOT pg_function_is_visible(p.oid)`;
const TYPES = `
  SELECT t.oid::regtype::text AS path FROM pg_catalog.pg_type t
  WHERE t.typname = ANY ($1) AND NOT pg_type_is_visible(t.oid)`;

/** Facts `elsewhere` and `searchPath`, or `extension`; `existing` where the object is there already. */
export async function askElsewhere(asked: Asked): Promise<Facts> {
  const { client, error, statement } = asked;
  if (!statement) return {};
  if (error.code === "42P07") return existing(asked, statement);
  const isRelation = error.code === "42P01";
  const names = isRelation
    ? relationsOf(statement.node).flatMap(({ relname, schemaname }) =>
        relname !== undefined && schemaname === undefined ? [relname] : [],
      )
    : namesOf(statement);
  const query = isRelation ? RELATIONS : error.code === "42883" ? ROUTINES : TYPES;
  const { rows } = await client.query<{ path: string; search_path: string }>(
    `SELECT path, current_setting('search_path') AS search_path FROM (${query}) f
     WHERE split_part(path, '.', 1) NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY path LIMIT 2`,
    [names],
  );
  const [row] = rows;
  // Two of the name: which is meant nobody but the file's author knows.
  if (row && rows.length === 1) return { elsewhere: row.path, searchPath: row.search_path };
  const extension = names.map(extensionOf).find((one) => one !== undefined);
  return known("extension", extension && quoteIfNeeded(extension));
}

/** Functions, types and operator classes that the statement names. */
function namesOf({ node }: ReadStatement): string[] {
  const lists = [
    ...findNodes<FuncCall>(node, "FuncCall").map(({ funcname }) => funcname),
    ...findNodes<TypeName>(node, "typeName").map(({ names }) => names),
    ...findNodes<TypeName>(node, "TypeName").map(({ names }) => names),
    ...findNodes<IndexElem>(node, "IndexElem").map(({ opclass }) => opclass),
    ...findNodes<FuncCall["funcname"]>(node, "funcname"),
  ];
  return [
    ...lists.flatMap((names) => strings(names).slice(-1)),
    ...findNodes<string>(node, "accessMethod"),
  ];
}

async function existing({ client }: Asked, statement: ReadStatement): Promise<Facts> {
  const index = findNodes<string>(statement.node, "idxname").map((name) => quoteIfNeeded(name));
  const paths = [...index, ...relationsOf(statement.node).flatMap((one) => pathOf(one) ?? [])];
  const { rows } = await client.query<{ existing: string }>(
    `SELECT CASE c.relkind WHEN 'v' THEN 'the view ' WHEN 'm' THEN 'the materialized view '
       WHEN 'i' THEN 'the index ' WHEN 'I' THEN 'the index ' WHEN 'S' THEN 'the sequence '
       ELSE 'the table ' END || c.oid::regclass || coalesce(' on ' || i.indrelid::regclass, '') AS existing
     FROM unnest($1::text[]) WITH ORDINALITY f (path, place)
     JOIN pg_catalog.pg_class c ON c.oid = to_regclass(f.path)
     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid ORDER BY f.place LIMIT 1`,
    [paths],
  );
  return known("existing", rows[0]?.existing);
}
