// What holds code or rules: functions, triggers, rules, policies, event triggers; and types.
import {
  factsSql,
  isInternal,
  isMember,
  isUsers,
  objectSql,
  roleNames,
  sortedList,
  words,
} from "./catalogue.ts";

const ENABLED = { D: "disabled", R: "replica", A: "always" };
const PATH = "format('%I.%I', n.nspname, c.relname)";
const FROM_RELATION = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND ${isUsers("n")}`;

/** The letter O, enabled, is what all of them have from the beginning. */
function enabled(letter: string): string {
  return `CASE WHEN ${letter} <> 'O' THEN ${words(letter, ENABLED)} END`;
}

// prosrc is what was written; what SQL-standard bodies become is printed by the server.
const functions = objectSql({
  kind: words("p.prokind", { f: "function", p: "procedure", a: "aggregate", w: "window function" }),
  name: `format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))`,
  facts: factsSql({
    owner: "pg_get_userbyid(p.proowner)",
    returns: "pg_get_function_result(p.oid)",
    language: "(SELECT l.lanname FROM pg_language l WHERE l.oid = p.prolang)",
    volatility: words("p.provolatile", { i: "immutable", s: "stable", v: "volatile" }),
    strict: "CASE WHEN p.proisstrict THEN 'yes' END",
    securityDefiner: "CASE WHEN p.prosecdef THEN 'yes' END",
    leakproof: "CASE WHEN p.proleakproof THEN 'yes' END",
    parallel: `CASE WHEN p.proparallel <> 'u' THEN ${words("p.proparallel", { s: "safe", r: "restricted" })} END`,
    cost: "p.procost::text",
    rows: "CASE WHEN p.proretset THEN p.prorows::text END",
    settings: sortedList("p.proconfig"),
    body: "nullif(p.prosrc, '')",
    file: "p.probin::text",
    aggregate: `(SELECT concat_ws(' ', g.aggtransfn::regproc, g.aggfinalfn::regproc, g.aggtranstype::regtype, g.agginitval) FROM pg_aggregate g WHERE g.aggfnoid = p.oid)`,
  }),
  printed: factsSql({
    arguments: "pg_get_function_arguments(p.oid)",
    definition: `CASE WHEN to_jsonb(p) ->> 'prosqlbody' IS NOT NULL THEN pg_get_functiondef(p.oid) END`,
  }),
  from: `pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND ${isUsers("n")}
    WHERE NOT ${isMember("pg_proc", "p.oid")}
    AND NOT ${isInternal("pg_proc", "p.oid")}`,
});

const triggers = objectSql({
  kind: "'trigger'",
  name: `format('%I.%I.%I', n.nspname, c.relname, t.tgname)`,
  of: PATH,
  facts: factsSql({
    function: "t.tgfoid::regproc::text",
    when: "t.tgtype::text",
    enabled: enabled("t.tgenabled"),
    deferrable:
      "CASE WHEN t.tginitdeferred THEN 'initially deferred' WHEN t.tgdeferrable THEN 'yes' END",
  }),
  printed: factsSql({ definition: "pg_get_triggerdef(t.oid)" }),
  from: `${FROM_RELATION} JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal WHERE NOT ${isMember("pg_class", "c.oid")}`,
});

const rules = objectSql({
  kind: "'rule'",
  name: `format('%I.%I.%I', n.nspname, c.relname, r.rulename)`,
  of: PATH,
  facts: factsSql({
    event: words("r.ev_type", { "1": "select", "2": "update", "3": "insert", "4": "delete" }),
    instead: "CASE WHEN r.is_instead THEN 'yes' END",
    enabled: enabled("r.ev_enabled"),
  }),
  printed: factsSql({ definition: "pg_get_ruledef(r.oid)" }),
  from: `${FROM_RELATION} JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN' WHERE NOT ${isMember("pg_class", "c.oid")}`,
});

const policies = objectSql({
  kind: "'policy'",
  name: `format('%I.%I.%I', n.nspname, c.relname, p.polname)`,
  of: PATH,
  facts: factsSql({
    command: words("p.polcmd", {
      r: "select",
      a: "insert",
      w: "update",
      d: "delete",
      "*": "all",
    }),
    restrictive: "CASE WHEN NOT p.polpermissive THEN 'yes' END",
    roles: roleNames("p.polroles"),
  }),
  printed: factsSql({
    using: "pg_get_expr(p.polqual, p.polrelid)",
    check: "pg_get_expr(p.polwithcheck, p.polrelid)",
  }),
  from: `${FROM_RELATION} JOIN pg_policy p ON p.polrelid = c.oid`,
});

const eventTriggers = objectSql({
  kind: "'event trigger'",
  name: "quote_ident(e.evtname)",
  facts: factsSql({
    event: "e.evtevent::text",
    function: "e.evtfoid::regproc::text",
    enabled: enabled("e.evtenabled"),
    tags: sortedList("e.evttags"),
  }),
  from: `pg_event_trigger e WHERE NOT ${isMember("pg_event_trigger", "e.oid")}`,
});

const TYPE_KINDS = { e: "enum", d: "domain", r: "range type", b: "base type" };

// Arrays, multiranges and row types of tables come with their own.
const types = objectSql({
  kind: words("t.typtype", TYPE_KINDS),
  name: `format('%I.%I', n.nspname, t.typname)`,
  facts: factsSql({
    owner: "pg_get_userbyid(t.typowner)",
    values: `(SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)`,
    type: "CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END",
    notNull: "CASE WHEN t.typnotnull THEN 'yes' END",
    collation: `CASE WHEN t.typtype = 'd' AND t.typcollation <> (SELECT b.typcollation FROM pg_type b WHERE b.oid = t.typbasetype) THEN t.typcollation::regcollation::text END`,
    subtype: `(SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid)`,
  }),
  printed: factsSql({
    default: "CASE WHEN t.typtype = 'd' THEN t.typdefault END",
    checks: `(SELECT string_agg(quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')`,
  }),
  from: `pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND ${isUsers("n")}
    WHERE t.typtype IN ('e', 'd', 'r', 'b') AND t.typcategory <> 'A' AND NOT ${isMember("pg_type", "t.oid")}`,
});

/** A query for each kind of object. */
export const CODE_QUERIES: readonly string[] = [
  functions,
  triggers,
  rules,
  policies,
  eventTriggers,
  types,
];
