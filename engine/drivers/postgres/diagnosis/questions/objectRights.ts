// Rights on schemas, databases, functions and their like, and who owns what only an owner may change.
import type { Asked } from "../asked.ts";
import { pathOf, relationsOf, tableOf, type ReadStatement } from "../statement.ts";
import type { Lack } from "./grants.ts";

/** An object as the server's message names it: without a schema. */
export interface Named {
  readonly kind: string;
  readonly name: string | undefined;
}

const CREATES = /^(Create|View|Define|CompositeType|Index)/;

/** What to grant on a schema, database, function, type, language or tablespace. */
export async function privilegesOn(
  asked: Asked,
  { kind, name = "" }: Named,
): Promise<Lack | undefined> {
  const { facts, statement } = asked;
  const role = facts.role ?? "?";
  const lack = (rights: string, object: string, admin = "its owner or a superuser"): Lack => ({
    lacks: `${rights} on ${object.toLowerCase().startsWith(kind) ? `${kind}${object.slice(kind.length)}` : object}`,
    grants: [`GRANT ${rights} ON ${object} TO ${role};`],
    admin,
  });
  if (kind === "schema") return lack(await schemaRights(asked, name), `SCHEMA ${quote(name)}`);
  if (kind === "database") {
    const rights = isTemporary(statement) ? "TEMPORARY" : "CREATE";
    return lack(rights, `DATABASE ${quote(name)}`);
  }
  if (kind === "function" || kind === "procedure" || kind === "type" || kind === "domain") {
    const object = await pathByName(asked, kind, name);
    const isType = kind === "type" || kind === "domain";
    const rights = isType ? "USAGE" : "EXECUTE";
    return object && lack(rights, `${isType ? "TYPE" : kind.toUpperCase()} ${object.path}`);
  }
  if (kind === "language") return languageRights(asked, name);
  if (kind === "tablespace") return lack("CREATE", `TABLESPACE ${quote(name)}`);
  if (kind === "foreign server") return lack("USAGE", `FOREIGN SERVER ${quote(name)}`);
  if (kind === "foreign-data wrapper") return lack("USAGE", `FOREIGN DATA WRAPPER ${quote(name)}`);
  return undefined;
}

async function schemaRights({ client, statement }: Asked, name: string): Promise<string> {
  const { rows } = await client.query<{ usage: boolean; create: boolean }>(
    `SELECT has_schema_privilege(oid, 'USAGE') AS usage, has_schema_privilege(oid, 'CREATE') AS create
     FROM pg_catalog.pg_namespace WHERE nspname = $1`,
    [name],
  );
  const has = rows[0] ?? { usage: false, create: false };
  if (has.usage) return "CREATE";
  return statement && CREATES.test(statement.kind) && !has.create ? "USAGE, CREATE" : "USAGE";
}

async function languageRights({ client, facts }: Asked, name: string): Promise<Lack> {
  const { rows } = await client.query<{ trusted: boolean }>(
    "SELECT lanpltrusted AS trusted FROM pg_catalog.pg_language WHERE lanname = $1",
    [name],
  );
  const grants = rows[0]?.trusted
    ? [`GRANT USAGE ON LANGUAGE ${quote(name)} TO ${facts.role ?? "?"};`]
    : [];
  return { lacks: `the use of the language ${name}`, grants, admin: "a superuser" };
}

function isTemporary(statement: ReadStatement | undefined): boolean {
  return (
    statement !== undefined &&
    relationsOf(statement.node).some(({ relpersistence }) => relpersistence === "t")
  );
}

interface Owned {
  readonly path: string;
  readonly owner: string;
  /** A role of everybody's powers: membership in it would give them all away. */
  readonly privileged: boolean;
  /** As ALTER ... OWNER TO names the object's kind: `TABLE`. */
  readonly word: string;
}

/** Membership in the owner's role, or the object itself where the owner is a superuser. */
export async function ownership(asked: Asked, object: Named): Promise<Lack | undefined> {
  const owned = await pathByName(asked, object.kind, object.name);
  if (!owned) return undefined;
  const role = asked.facts.role ?? "?";
  const what = `${owned.word.toLowerCase()} ${owned.path}`;
  if (owned.privileged) {
    return {
      lacks: `the ownership of ${what}: it belongs to ${owned.owner}`,
      grants: [`ALTER ${owned.word} ${owned.path} OWNER TO ${role};`],
      admin: "a superuser",
    };
  }
  return {
    lacks: `membership in ${owned.owner}, the owner of ${what}`,
    grants: [`GRANT ${owned.owner} TO ${role};`],
    admin: "an administrator of these roles",
  };
}

const OWNER_COLUMNS = `quote_ident(r.rolname) AS owner, r.rolsuper AS privileged`;

/** Queries for `$1`, a name as written in the statement or bare; `$2` is the bare name. */
const BY_KIND: Readonly<Record<string, string>> = {
  // An index goes with its table.
  relation: `SELECT t.oid::regclass::text AS path, ${OWNER_COLUMNS},
      CASE t.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
        WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS word
    FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
      JOIN pg_catalog.pg_class t ON t.oid = coalesce(i.indrelid, c.oid)
      JOIN pg_catalog.pg_roles r ON r.oid = t.relowner
    WHERE c.oid = coalesce(to_regclass(nullif($1, '')), (SELECT max(oid) FROM pg_catalog.pg_class WHERE relname = $2))
      AND NOT pg_has_role(t.relowner, 'USAGE')`,
  routine: `SELECT p.oid::regprocedure::text AS path, ${OWNER_COLUMNS},
      CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END AS word
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
    WHERE p.proname = $2 AND $1::text IS NOT NULL
      AND NOT (has_function_privilege(p.oid, 'EXECUTE') AND pg_has_role(p.proowner, 'USAGE'))`,
  type: `SELECT t.oid::regtype::text AS path, ${OWNER_COLUMNS},
      CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END AS word
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_roles r ON r.oid = t.typowner
    WHERE (t.typname = $2 OR t.oid = to_regtype(nullif($1, ''))) AND NOT pg_has_role(t.typowner, 'USAGE')`,
  schema: `SELECT quote_ident(n.nspname) AS path, ${OWNER_COLUMNS}, 'SCHEMA' AS word
    FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname = $2 AND $1::text IS NOT NULL`,
  database: `SELECT quote_ident(d.datname) AS path, ${OWNER_COLUMNS}, 'DATABASE' AS word
    FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
    WHERE d.datname = $2 AND $1::text IS NOT NULL`,
};
const ALIASES: Readonly<Record<string, string>> = {
  ...{ table: "relation", view: "relation", "materialized view": "relation", index: "relation" },
  ...{ sequence: "relation", "foreign table": "relation", column: "relation" },
  ...{ function: "routine", procedure: "routine", aggregate: "routine", domain: "type" },
};

async function pathByName(
  { client, statement }: Asked,
  kind: string,
  name: string | undefined,
): Promise<Owned | undefined> {
  const query = BY_KIND[ALIASES[kind] ?? kind];
  if (query === undefined) return undefined;
  const relations = statement ? relationsOf(statement.node) : [];
  const written =
    name === undefined
      ? ((statement && tableOf(statement)) ?? relations[0])
      : relations.find(({ relname }) => relname === name);
  const bare = name ?? written?.relname;
  if (bare === undefined) return undefined;
  const { rows } = await client.query<Owned>(`${query} LIMIT 1`, [pathOf(written) ?? "", bare]);
  return rows[0];
}

function quote(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
