// Catalogue queries for whole definitions, one for each kind of object that drafts are written for.
import {
  FIRST_USER_OID,
  factsSql,
  isInternal,
  isMember,
  isUsers,
  words,
} from "../schema/catalogue.ts";

const PATH = "format('%I.%I', n.nspname, c.relname)";
const FROM_RELATION = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND ${isUsers("n")}`;
const IS_OURS = `NOT ${isMember("pg_class", "c.oid")}`;

interface PartsQuery {
  readonly kind: string;
  readonly name: string;
  /** @default the name */
  readonly of?: string;
  readonly catalogue: string;
  readonly oid: string;
  /** @default "0" */
  readonly column?: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly from: string;
  readonly order?: string;
}

function partsSql(query: PartsQuery): string {
  const { kind, name, of = name, catalogue, oid, column = "0", parts, from, order } = query;
  return `SELECT ${kind} AS kind, ${name} AS name, ${of} AS of,
    concat_ws('/', '${catalogue}'::regclass::oid, ${oid}, ${column}) AS address, ${factsSql(parts)} AS parts
    FROM ${from} ${order === undefined ? "" : `ORDER BY ${order}`}`;
}

/** What is true is `yes`, what is false is left out. */
function flag(condition: string): string {
  return `CASE WHEN ${condition} THEN 'yes' END`;
}

const schemas = partsSql({
  ...{ kind: "'schema'", name: "quote_ident(n.nspname)", catalogue: "pg_namespace", oid: "n.oid" },
  parts: {},
  from: `pg_namespace n WHERE ${isUsers("n")} AND NOT ${isMember("pg_namespace", "n.oid")}`,
});

const extensions = partsSql({
  ...{
    kind: "'extension'",
    name: "quote_ident(e.extname)",
    catalogue: "pg_extension",
    oid: "e.oid",
  },
  parts: { schema: "e.extnamespace::regnamespace::text" },
  from: `pg_extension e WHERE e.oid >= ${String(FIRST_USER_OID)}`,
});

const RELATION_KINDS = {
  r: "table",
  p: "table",
  v: "view",
  m: "materialized view",
  f: "foreign table",
  c: "composite type",
};

const relations = partsSql({
  ...{ kind: words("c.relkind", RELATION_KINDS), name: PATH, catalogue: "pg_class", oid: "c.oid" },
  parts: {
    unlogged: flag("c.relpersistence = 'u'"),
    partitionKey: "CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END",
    parent:
      "CASE WHEN c.relispartition THEN (SELECT h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = c.oid) END",
    bound: "pg_get_expr(c.relpartbound, c.oid)",
    inherits: `CASE WHEN NOT c.relispartition THEN (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_inherits h WHERE h.inhrelid = c.oid) END`,
    options: "array_to_string(c.reloptions, ', ')",
    rowSecurity: flag("c.relrowsecurity"),
    forced: flag("c.relforcerowsecurity"),
    replicaIdentity: `CASE WHEN c.relkind IN ('r', 'p') THEN ${words("nullif(c.relreplident, 'd')", { n: "NOTHING", f: "FULL", i: "INDEX" })} END`,
    accessMethod: `(SELECT quote_ident(a.amname) FROM pg_am a WHERE a.oid = c.relam AND c.relkind IN ('r', 'm') AND a.amname <> 'heap')`,
    ofType: "CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END",
    definition:
      "CASE WHEN c.relkind IN ('v', 'm') THEN rtrim(pg_get_viewdef(c.oid), '; ' || chr(10)) END",
  },
  from: `${FROM_RELATION} WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${IS_OURS}`,
});

const IDENTITY_SEQUENCE = `(SELECT s.objid FROM pg_depend s JOIN pg_class q ON q.oid = s.objid AND q.relkind = 'S'
  WHERE s.classid = 'pg_class'::regclass AND s.refclassid = 'pg_class'::regclass AND s.refobjid = a.attrelid AND s.refobjsubid = a.attnum AND s.deptype = 'i')`;

const columns = partsSql({
  ...{ kind: "'column'", name: `${PATH} || format('.%I', a.attname)`, of: PATH },
  ...{ catalogue: "pg_class", oid: "c.oid", column: "a.attnum" },
  parts: {
    column: "quote_ident(a.attname)",
    type: "format_type(a.atttypid, a.atttypmod)",
    notNull: flag("a.attnotnull"),
    identity: words("nullif(a.attidentity, '')", { a: "ALWAYS", d: "BY DEFAULT" }),
    sequence: `CASE WHEN a.attidentity <> '' THEN ${IDENTITY_SEQUENCE}::regclass::text END`,
    generated: words("nullif(a.attgenerated, '')", { s: "STORED", v: "VIRTUAL" }),
    collation:
      "CASE WHEN a.attcollation <> t.typcollation THEN nullif(a.attcollation, 0)::regcollation::text END",
    storage: `CASE WHEN a.attstorage <> t.typstorage AND c.relkind IN ('r', 'p') THEN ${words("a.attstorage", { p: "PLAIN", e: "EXTERNAL", m: "MAIN", x: "EXTENDED" })} END`,
    compression: words("nullif(to_jsonb(a) ->> 'attcompression', '')", { p: "pglz", l: "lz4" }),
    statistics: "nullif(a.attstattarget, -1)::text",
    inherited: flag("NOT a.attislocal"),
    default: "pg_get_expr(d.adbin, d.adrelid)",
  },
  from: `${FROM_RELATION} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p', 'c', 'v', 'm') AND ${IS_OURS}`,
  order: "c.oid, a.attnum",
});

const constraints = partsSql({
  ...{ kind: "'constraint'", name: `${PATH} || format('.%I', k.conname)`, of: PATH },
  ...{ catalogue: "pg_constraint", oid: "k.oid" },
  parts: {
    constraint: "quote_ident(k.conname)",
    type: "k.contype::text",
    definition: "pg_get_constraintdef(k.oid)",
    valid: flag("k.convalidated"),
    inherited: flag("NOT k.conislocal"),
    deferrable:
      "CASE WHEN k.condeferred THEN 'DEFERRABLE INITIALLY DEFERRED' WHEN k.condeferrable THEN 'DEFERRABLE' END",
    columns: `(SELECT string_agg(part.attname, chr(10)) FROM pg_attribute part WHERE part.attrelid = c.oid AND part.attnum = ANY (k.conkey))`,
    index: "CASE WHEN k.contype IN ('p', 'u') THEN pg_get_indexdef(k.conindid) END",
    indexName: "CASE WHEN k.contype IN ('p', 'u', 'x') THEN k.conindid::regclass::text END",
  },
  from: `${FROM_RELATION} JOIN pg_constraint k ON k.conrelid = c.oid
    WHERE k.contype IN ('p', 'u', 'f', 'c', 'x', 'n') AND NOT (k.contype = 'n' AND k.convalidated) AND c.relkind IN ('r', 'p') AND ${IS_OURS}`,
});

const indexes = partsSql({
  ...{ kind: "'index'", name: "format('%I.%I', n.nspname, x.relname)", of: PATH },
  ...{ catalogue: "pg_class", oid: "x.oid" },
  parts: {
    index: "quote_ident(x.relname)",
    schema: "quote_ident(n.nspname)",
    definition: "regexp_replace(pg_get_indexdef(x.oid), ' ON ONLY ', ' ON ')",
    ofConstraint: flag(
      "EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x'))",
    ),
    inherited: flag("x.relispartition"),
    partitioned: flag("x.relkind = 'I'"),
    unique: flag("i.indisunique"),
  },
  from: `${FROM_RELATION} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid WHERE ${IS_OURS}`,
});

const OWNER = `pg_depend o JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
  WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0`;

const sequences = partsSql({
  ...{ kind: "'sequence'", name: PATH, catalogue: "pg_class", oid: "c.oid" },
  of: `coalesce((SELECT o.refobjid::regclass::text FROM ${OWNER} AND o.deptype IN ('a', 'i')), ${PATH})`,
  parts: {
    type: "format_type(s.seqtypid, NULL)",
    start: "s.seqstart::text",
    increment: "s.seqincrement::text",
    minimum: "s.seqmin::text",
    maximum: "s.seqmax::text",
    cache: "s.seqcache::text",
    cycle: flag("s.seqcycle"),
    unlogged: flag("c.relpersistence = 'u'"),
    ownedBy: `(SELECT o.refobjid::regclass::text || '.' || quote_ident(a.attname) FROM ${OWNER} AND o.deptype IN ('a', 'i'))`,
    identity: `(SELECT 'yes' FROM ${OWNER} AND o.deptype = 'i')`,
  },
  from: `${FROM_RELATION} JOIN pg_sequence s ON s.seqrelid = c.oid WHERE ${IS_OURS}`,
});

const statistics = partsSql({
  ...{ kind: "'statistics'", name: "format('%I.%I', sn.nspname, s.stxname)", of: PATH },
  ...{ catalogue: "pg_statistic_ext", oid: "s.oid" },
  parts: { definition: "pg_get_statisticsobjdef(s.oid)" },
  from: `${FROM_RELATION} JOIN pg_statistic_ext s ON s.stxrelid = c.oid JOIN pg_namespace sn ON sn.oid = s.stxnamespace`,
});

const functions = partsSql({
  kind: words("p.prokind", { f: "function", p: "procedure", a: "aggregate", w: "window function" }),
  name: "format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))",
  ...{ catalogue: "pg_proc", oid: "p.oid" },
  parts: {
    definition: "CASE WHEN p.prokind <> 'a' THEN rtrim(pg_get_functiondef(p.oid), chr(10)) END",
    returns: "pg_get_function_result(p.oid)",
    arguments: "pg_get_function_arguments(p.oid)",
  },
  from: `pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND ${isUsers("n")}
    WHERE NOT ${isMember("pg_proc", "p.oid")} AND NOT ${isInternal("pg_proc", "p.oid")}`,
});

const ENABLED = { D: "DISABLE", R: "ENABLE REPLICA", A: "ENABLE ALWAYS" };

const triggers = partsSql({
  ...{ kind: "'trigger'", name: `${PATH} || format('.%I', t.tgname)`, of: PATH },
  ...{ catalogue: "pg_trigger", oid: "t.oid" },
  parts: {
    trigger: "quote_ident(t.tgname)",
    definition: "pg_get_triggerdef(t.oid)",
    enabled: words("nullif(t.tgenabled, 'O')", ENABLED),
    inherited: flag("coalesce(to_jsonb(t) ->> 'tgparentid', '0') <> '0'"),
  },
  from: `${FROM_RELATION} JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal WHERE ${IS_OURS}`,
});

const rules = partsSql({
  ...{ kind: "'rule'", name: `${PATH} || format('.%I', r.rulename)`, of: PATH },
  ...{ catalogue: "pg_rewrite", oid: "r.oid" },
  parts: {
    rule: "quote_ident(r.rulename)",
    definition: "rtrim(pg_get_ruledef(r.oid), ';')",
    enabled: words("nullif(r.ev_enabled, 'O')", ENABLED),
  },
  from: `${FROM_RELATION} JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN' WHERE ${IS_OURS}`,
});

const policies = partsSql({
  ...{ kind: "'policy'", name: `${PATH} || format('.%I', p.polname)`, of: PATH },
  ...{ catalogue: "pg_policy", oid: "p.oid" },
  parts: {
    policy: "quote_ident(p.polname)",
    command: words("p.polcmd", { r: "SELECT", a: "INSERT", w: "UPDATE", d: "DELETE", "*": "ALL" }),
    restrictive: flag("NOT p.polpermissive"),
    roles: `(SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY r) FROM unnest(p.polroles) AS r)`,
    using: "pg_get_expr(p.polqual, p.polrelid)",
    check: "pg_get_expr(p.polwithcheck, p.polrelid)",
  },
  from: `${FROM_RELATION} JOIN pg_policy p ON p.polrelid = c.oid`,
});

const types = partsSql({
  kind: words("t.typtype", { e: "enum", d: "domain", r: "range type", b: "base type" }),
  name: "format('%I.%I', n.nspname, t.typname)",
  ...{ catalogue: "pg_type", oid: "t.oid" },
  parts: {
    values: `(SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_enum e WHERE e.enumtypid = t.oid)`,
    type: "CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END",
    notNull: flag("t.typnotnull"),
    collation: `CASE WHEN t.typtype = 'd' AND t.typcollation <> (SELECT b.typcollation FROM pg_type b WHERE b.oid = t.typbasetype) THEN t.typcollation::regcollation::text END`,
    default: "CASE WHEN t.typtype = 'd' THEN t.typdefault END",
    checks: `(SELECT jsonb_object_agg(quote_ident(k.conname), pg_get_constraintdef(k.oid))::text FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')`,
    subtype: "(SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid)",
  },
  from: `pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND ${isUsers("n")}
    WHERE t.typtype IN ('e', 'd', 'r', 'b') AND t.typcategory <> 'A' AND NOT ${isMember("pg_type", "t.oid")}`,
});

// The address is that of the commented object: a comment needs nothing else.
const comments = `SELECT 'comment' AS kind, format('on %s %s', i.type, i.identity) AS name, i.identity AS of,
  'comment/' || concat_ws('/', d.classoid, d.objoid, d.objsubid) AS address,
  jsonb_build_object('text', d.description, 'type', i.type, 'identity', i.identity) AS parts
  FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
  WHERE d.objoid >= ${String(FIRST_USER_OID)} AND i.identity IS NOT NULL`;

/** Queries with the columns kind, name, of, address and parts. */
export const DEFINITION_QUERIES: readonly string[] = [
  ...[schemas, extensions, relations, columns, constraints, indexes, sequences, statistics],
  ...[functions, triggers, rules, policies, types, comments],
];
