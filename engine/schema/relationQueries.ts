// Tables, views, sequences and their parts: columns, constraints, indexes.
import {
  columnNames,
  factsSql,
  isMember,
  isUsers,
  objectSql,
  sortedList,
  words,
} from "./catalogue.ts";

const RELATION_KINDS = {
  r: "table",
  p: "table",
  v: "view",
  m: "materialized view",
  f: "foreign table",
  c: "composite type",
};
const PATH = "format('%I.%I', n.nspname, c.relname)";
const FROM_RELATION = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND ${isUsers("n")}`;
const IS_OURS = `NOT ${isMember("pg_class", "c.oid")}`;
const ACTIONS = { a: "no action", r: "restrict", c: "cascade", n: "set null", d: "set default" };

const relations = objectSql({
  kind: words("c.relkind", RELATION_KINDS),
  name: PATH,
  facts: factsSql({
    owner: "pg_get_userbyid(c.relowner)",
    persistence: "CASE c.relpersistence WHEN 'u' THEN 'unlogged' END",
    partitioned: "CASE c.relkind WHEN 'p' THEN 'yes' END",
    partitionOf: `CASE WHEN c.relispartition THEN (SELECT h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = c.oid) END`,
    inherits: `CASE WHEN NOT c.relispartition THEN (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_inherits h WHERE h.inhrelid = c.oid) END`,
    options: sortedList("c.reloptions"),
    rowSecurity:
      "CASE WHEN c.relrowsecurity THEN CASE WHEN c.relforcerowsecurity THEN 'forced' ELSE 'enabled' END END",
    replicaIdentity: `CASE WHEN c.relkind IN ('r', 'p') THEN CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END END`,
    accessMethod: `(SELECT a.amname FROM pg_am a WHERE a.oid = c.relam AND c.relkind IN ('r', 'm') AND a.amname <> 'heap')`,
    ofType: "CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END",
    server:
      "(SELECT quote_ident(s.srvname) FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = t.ftserver WHERE t.ftrelid = c.oid)",
  }),
  printed: factsSql({
    definition: "CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END",
    partitionKey: "CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END",
    bound: "pg_get_expr(c.relpartbound, c.oid)",
  }),
  from: `${FROM_RELATION} WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${IS_OURS}`,
});

// Storage, statistics target and the like count only where somebody set them.
const columns = objectSql({
  kind: "'column'",
  name: `format('%I.%I.%I', n.nspname, c.relname, a.attname)`,
  of: PATH,
  facts: factsSql({
    type: "format_type(a.atttypid, a.atttypmod)",
    notNull: "CASE WHEN a.attnotnull THEN 'yes' END",
    identity: "CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END",
    generated: "CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END",
    collation:
      "CASE WHEN a.attcollation <> t.typcollation THEN nullif(a.attcollation, 0)::regcollation::text END",
    storage: `CASE WHEN a.attstorage <> t.typstorage AND c.relkind IN ('r', 'p', 'm') THEN ${words("a.attstorage", { p: "plain", e: "external", m: "main", x: "extended" })} END`,
    compression: "nullif(to_jsonb(a) ->> 'attcompression', '')",
    statistics: "nullif(a.attstattarget, -1)::text",
    options: sortedList("a.attoptions"),
    inherited: "CASE WHEN a.attinhcount > 0 AND NOT a.attislocal THEN 'yes' END",
  }),
  printed: factsSql({ default: "pg_get_expr(d.adbin, d.adrelid)" }),
  position: "row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum)::int",
  from: `${FROM_RELATION} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${IS_OURS}`,
});

// NOT NULL is the column's; from PostgreSQL 18 it is a constraint as well, which counts only while it is not validated.
const constraints = objectSql({
  kind: "'constraint'",
  name: `format('%I.%I.%I', n.nspname, c.relname, k.conname)`,
  of: PATH,
  facts: factsSql({
    type: words("k.contype", {
      p: "primary key",
      u: "unique",
      f: "foreign key",
      c: "check",
      x: "exclude",
      n: "not null",
    }),
    columns: columnNames("c.oid", "k.conkey"),
    references: `CASE WHEN k.contype = 'f' THEN k.confrelid::regclass::text || ' (' || ${columnNames("k.confrelid", "k.confkey")} || ')' END`,
    onUpdate: `CASE WHEN k.contype = 'f' THEN ${words("k.confupdtype", ACTIONS)} END`,
    onDelete: `CASE WHEN k.contype = 'f' THEN ${words("k.confdeltype", ACTIONS)} END`,
    match: "CASE WHEN k.contype = 'f' AND k.confmatchtype = 'f' THEN 'full' END",
    deferrable:
      "CASE WHEN k.condeferred THEN 'initially deferred' WHEN k.condeferrable THEN 'yes' END",
    valid: "CASE WHEN NOT k.convalidated THEN 'no' END",
    enforced: "CASE to_jsonb(k) ->> 'conenforced' WHEN 'false' THEN 'no' END",
    noInherit: "CASE WHEN k.connoinherit AND k.contype = 'c' THEN 'yes' END",
    inherited: "CASE WHEN k.coninhcount > 0 AND NOT k.conislocal THEN 'yes' END",
  }),
  printed: factsSql({
    definition: "CASE WHEN k.contype IN ('c', 'x') THEN pg_get_constraintdef(k.oid) END",
  }),
  from: `${FROM_RELATION} JOIN pg_constraint k ON k.conrelid = c.oid
    WHERE k.contype IN ('p', 'u', 'f', 'c', 'x', 'n') AND NOT (k.contype = 'n' AND k.convalidated) AND ${IS_OURS}`,
});

const indexes = objectSql({
  kind: "'index'",
  name: `format('%I.%I', n.nspname, x.relname)`,
  of: PATH,
  facts: factsSql({
    table: PATH,
    columns: columnNames("c.oid", "i.indkey::int2[]"),
    keyColumns: "i.indnkeyatts::text",
    method: "(SELECT a.amname FROM pg_am a WHERE a.oid = x.relam)",
    unique: "CASE WHEN i.indisunique THEN 'yes' END",
    primary: "CASE WHEN i.indisprimary THEN 'yes' END",
    nullsNotDistinct: "CASE to_jsonb(i) ->> 'indnullsnotdistinct' WHEN 'true' THEN 'yes' END",
    valid: "CASE WHEN NOT i.indisvalid THEN 'no' END",
    clustered: "CASE WHEN i.indisclustered THEN 'yes' END",
    replicaIdentity: "CASE WHEN i.indisreplident THEN 'yes' END",
    partitionOf: "(SELECT h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = x.oid)",
    options: sortedList("x.reloptions"),
  }),
  printed: factsSql({ definition: "pg_get_indexdef(x.oid)" }),
  from: `${FROM_RELATION} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid WHERE ${IS_OURS}`,
});

/** The relation whose column a sequence belongs to. */
const SEQUENCE_OWNER = `pg_depend o JOIN pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
      WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.deptype IN ('a', 'i') AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0`;

const sequences = objectSql({
  kind: "'sequence'",
  name: PATH,
  of: `coalesce((SELECT o.refobjid::regclass::text FROM ${SEQUENCE_OWNER}), ${PATH})`,
  facts: factsSql({
    owner: "pg_get_userbyid(c.relowner)",
    type: "format_type(s.seqtypid, NULL)",
    start: "s.seqstart::text",
    increment: "s.seqincrement::text",
    minimum: "s.seqmin::text",
    maximum: "s.seqmax::text",
    cache: "s.seqcache::text",
    cycle: "CASE WHEN s.seqcycle THEN 'yes' END",
    ownedBy: `(SELECT o.refobjid::regclass::text || '.' || quote_ident(a.attname) FROM ${SEQUENCE_OWNER})`,
  }),
  from: `${FROM_RELATION} JOIN pg_sequence s ON s.seqrelid = c.oid WHERE ${IS_OURS}`,
});

const statistics = objectSql({
  kind: "'statistics'",
  name: `format('%I.%I', sn.nspname, s.stxname)`,
  of: PATH,
  facts: factsSql({
    table: PATH,
    columns: columnNames("c.oid", "s.stxkeys::int2[]"),
    kinds: sortedList("s.stxkind::text[]"),
  }),
  printed: factsSql({ definition: "pg_get_statisticsobjdef(s.oid)" }),
  from: `${FROM_RELATION} JOIN pg_statistic_ext s ON s.stxrelid = c.oid JOIN pg_namespace sn ON sn.oid = s.stxnamespace`,
});

/** A query for each kind of object. */
export const RELATION_QUERIES: readonly string[] = [
  relations,
  columns,
  constraints,
  indexes,
  sequences,
  statistics,
];
