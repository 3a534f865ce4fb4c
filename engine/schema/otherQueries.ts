// Schemas, extensions, grants, comments and what else a database holds; and, apart, what outlives it.
import {
  FIRST_USER_OID,
  factsSql,
  isInternal,
  isMember,
  isUsers,
  objectSql,
  sortedList,
} from "./catalogue.ts";

const schemas = objectSql({
  kind: "'schema'",
  name: "quote_ident(n.nspname)",
  facts: factsSql({ owner: "pg_get_userbyid(n.nspowner)" }),
  from: `pg_namespace n WHERE ${isUsers("n")} AND NOT ${isMember("pg_namespace", "n.oid")}`,
});

const extensions = objectSql({
  kind: "'extension'",
  name: "quote_ident(e.extname)",
  facts: factsSql({ schema: "e.extnamespace::regnamespace::text", version: "e.extversion" }),
  from: "pg_extension e",
});

/** Where privileges are kept: [catalogue, its list of privileges, its owner, acldefault's letter]. */
const ACLS = [
  ["pg_class", "relacl", "relowner", "CASE x.relkind WHEN 'S' THEN 's' ELSE 'r' END"],
  ["pg_proc", "proacl", "proowner", "'f'"],
  ["pg_namespace", "nspacl", "nspowner", "'n'"],
  ["pg_type", "typacl", "typowner", "'T'"],
  ["pg_foreign_server", "srvacl", "srvowner", "'S'"],
  ["pg_foreign_data_wrapper", "fdwacl", "fdwowner", "'F'"],
] as const;

// What the owner has by itself is no grant; a later major may give it more. Types of tables have none of their own.
const grants = ACLS.map(([catalogue, acl, owner, letter]) =>
  grantQuery({
    catalogue,
    column: "0",
    from: `${catalogue} x CROSS JOIN LATERAL aclexplode(coalesce(x.${acl}, acldefault((${letter})::"char", x.${owner}))) AS g
      WHERE x.oid >= ${FIRST_USER_OID} AND g.grantee <> x.${owner} AND NOT ${isMember(catalogue, "x.oid")}
      ${catalogue === "pg_proc" ? `AND NOT ${isInternal(catalogue, "x.oid")}` : ""}
      ${catalogue === "pg_type" ? "AND x.typtype IN ('e', 'd', 'r') AND x.typacl IS NOT NULL" : ""}
      ${catalogue === "pg_class" ? "AND x.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')" : ""}`,
  }),
);
const columnGrants = grantQuery({
  catalogue: "pg_class",
  column: "a.attnum",
  from: `pg_attribute a JOIN pg_class x ON x.oid = a.attrelid CROSS JOIN LATERAL aclexplode(a.attacl) AS g
    WHERE x.oid >= ${FIRST_USER_OID} AND a.attnum > 0 AND NOT a.attisdropped AND NOT ${isMember("pg_class", "x.oid")}`,
});
/** The schema that every database begins with; its OID is older than any user's. */
const publicGrants = grantQuery({
  catalogue: "pg_namespace",
  column: "0",
  from: `pg_namespace x CROSS JOIN LATERAL aclexplode(coalesce(x.nspacl, acldefault('n', x.nspowner))) AS g
    WHERE x.nspname = 'public' AND x.oid < ${FIRST_USER_OID} AND g.grantee <> x.nspowner`,
});

function grantQuery(query: {
  readonly catalogue: string;
  readonly column: string;
  readonly from: string;
}): string {
  const { catalogue, column, from } = query;
  return `SELECT 'grant' AS kind,
      format('on %s %s to %s', i.type, i.identity, CASE WHEN granted.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(granted.grantee)) END) AS name,
      i.identity AS of, jsonb_build_object('privileges', granted.privileges) AS facts, '{}'::jsonb AS printed, NULL::int AS position
    FROM (SELECT x.oid, ${column} AS part, g.grantee,
        string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN ' with grant option' ELSE '' END, ', ' ORDER BY g.privilege_type) AS privileges
      FROM ${from} GROUP BY 1, 2, 3) granted
    CROSS JOIN LATERAL pg_identify_object('${catalogue}'::regclass, granted.oid, granted.part) AS i
    WHERE coalesce(i.schema, '') !~ '^pg_' AND coalesce(i.schema, '') NOT IN ('information_schema', 'lockstep') AND i.identity <> 'lockstep'`;
}

const defaultPrivileges = objectSql({
  kind: "'default privileges'",
  name: `format('of %I%s on %s', pg_get_userbyid(d.defaclrole), CASE WHEN d.defaclnamespace = 0 THEN '' ELSE ' in ' || d.defaclnamespace::regnamespace::text END, d.defaclobjtype)`,
  facts: factsSql({ privileges: sortedList("d.defaclacl::text[]") }),
  from: "pg_default_acl d",
});

const comments = objectSql({
  kind: "'comment'",
  name: "format('on %s %s', i.type, i.identity)",
  of: "i.identity",
  facts: factsSql({ text: "d.description" }),
  from: `pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
    WHERE d.objoid >= ${FIRST_USER_OID} AND i.identity IS NOT NULL AND i.type <> 'extension'
    AND coalesce(i.schema, '') NOT IN ('lockstep') AND i.identity <> 'lockstep' AND coalesce(i.schema, '') !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = d.classoid AND m.objid = d.objoid AND m.deptype = 'e')`,
});

// Which columns the catalogue has here differs from major to major.
const publications = objectSql({
  kind: "'publication'",
  name: "quote_ident(p.pubname)",
  facts: factsSql({
    allTables: "CASE WHEN p.puballtables THEN 'yes' END",
    tables: `(SELECT string_agg(r.prrelid::regclass::text, ', ' ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel r WHERE r.prpubid = p.oid)`,
  }),
  printed: factsSql({
    properties: "(to_jsonb(p) - 'oid' - 'pubname' - 'pubowner' - 'puballtables')::text",
  }),
  from: "pg_publication p",
});

const subscriptions = objectSql({
  kind: "'subscription'",
  name: "quote_ident(s.subname)",
  facts: factsSql({
    enabled: "CASE WHEN s.subenabled THEN 'yes' END",
    publications: sortedList("s.subpublications"),
  }),
  from: "pg_subscription s WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())",
});

// Options may hold a password: their names are shown, their values only digested. User mappings' are not read at all.
const optionNames = (array: string) =>
  `(SELECT string_agg(split_part(o, '=', 1) || ' ' || left(md5(o), 8), ', ' ORDER BY o) FROM unnest(${array}) AS o)`;
const foreignServers = objectSql({
  kind: "'foreign server'",
  name: "quote_ident(s.srvname)",
  facts: factsSql({
    wrapper:
      "(SELECT quote_ident(w.fdwname) FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw)",
    options: optionNames("s.srvoptions"),
  }),
  from: `pg_foreign_server s WHERE NOT ${isMember("pg_foreign_server", "s.oid")}`,
});
const foreignWrappers = objectSql({
  kind: "'foreign-data wrapper'",
  name: "quote_ident(w.fdwname)",
  facts: factsSql({ options: optionNames("w.fdwoptions") }),
  from: `pg_foreign_data_wrapper w WHERE NOT ${isMember("pg_foreign_data_wrapper", "w.oid")}`,
});

const databaseSettings = objectSql({
  kind: "'setting'",
  name: `format('of this database%s', CASE WHEN s.setrole = 0 THEN '' ELSE ' for ' || quote_ident(pg_get_userbyid(s.setrole)) END)`,
  facts: factsSql({ values: sortedList("s.setconfig") }),
  from: "pg_db_role_setting s WHERE s.setdatabase = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())",
});

/** Rare kinds, of which only the name is told: what they are defined as is not compared. */
const NAMED_ONLY = [
  "pg_cast",
  "pg_collation",
  "pg_conversion",
  "pg_language",
  "pg_opclass",
  "pg_operator",
  "pg_opfamily",
  "pg_transform",
  "pg_ts_config",
  "pg_ts_dict",
  "pg_ts_parser",
  "pg_ts_template",
  "pg_user_mapping",
].map((catalogue) =>
  objectSql({
    kind: "i.type",
    name: "i.identity",
    from: `${catalogue === "pg_user_mapping" ? "(SELECT umid AS oid FROM pg_user_mappings)" : catalogue} x
      CROSS JOIN LATERAL pg_identify_object('${catalogue}'::regclass, x.oid, 0) AS i
      WHERE x.oid >= ${FIRST_USER_OID} AND i.identity IS NOT NULL
      AND NOT ${isMember(catalogue, "x.oid")} AND NOT ${isInternal(catalogue, "x.oid")}`,
  }),
);

/** A query for each kind of object. */
export const OTHER_QUERIES: readonly string[] = [
  schemas,
  extensions,
  ...grants,
  columnGrants,
  publicGrants,
  defaultPrivileges,
  comments,
  publications,
  subscriptions,
  foreignServers,
  foreignWrappers,
  databaseSettings,
  ...NAMED_ONLY,
];

const roles = objectSql({
  kind: "'role'",
  name: "quote_ident(r.rolname)",
  facts: factsSql({
    attributes: `nullif(concat_ws(' ', CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcanlogin THEN 'login' END,
      CASE WHEN r.rolcreatedb THEN 'createdb' END, CASE WHEN r.rolcreaterole THEN 'createrole' END,
      CASE WHEN r.rolreplication THEN 'replication' END, CASE WHEN r.rolbypassrls THEN 'bypassrls' END), '')`,
    memberOf: `(SELECT string_agg(quote_ident(pg_get_userbyid(m.roleid)), ', ' ORDER BY pg_get_userbyid(m.roleid)) FROM pg_auth_members m WHERE m.member = r.oid)`,
    settings: sortedList("r.rolconfig"),
  }),
  from: "pg_roles r WHERE r.rolname !~ '^pg_'",
});
const tablespaces = objectSql({
  kind: "'tablespace'",
  name: "quote_ident(t.spcname)",
  facts: factsSql({ options: sortedList("t.spcoptions") }),
  from: "pg_tablespace t WHERE t.spcname !~ '^pg_'",
});

/** Objects of the whole server: they outlive the database, so they count only on a server of one's own. */
export const SERVER_QUERIES: readonly string[] = [roles, tablespaces];
