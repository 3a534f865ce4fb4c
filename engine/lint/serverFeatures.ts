// What of PostgreSQL's SQL is younger than the oldest server that lockstep works with: the parser knows all of it, the server may not.
import type { Node } from "@pgsql/types";
import type { ServerNeed } from "../sources/migration.ts";
import { walk } from "./tree.ts";

/** A node of the parse tree without its name: whatever fields it has. */
type Body = Readonly<Record<string, unknown>>;

interface Feature extends ServerNeed {
  /** Of node `tag` when its body says so. */
  readonly tag: string;
  readonly when?: (body: Body) => boolean;
}

const is = (field: string, value: unknown) => (body: Body) => body[field] === value;
const has = (field: string) => (body: Body) => !!body[field];
const subtype = (name: string) => is("subtype", name);

/** Whether one of a statement's options is among `names`. */
const option =
  (...names: readonly string[]) =>
  ({ options, opt }: Body) =>
    [options, opt].flat().some((node) => {
      const name = (node as { DefElem?: { defname?: string } } | undefined)?.DefElem?.defname;
      return name !== undefined && names.includes(name);
    });

const UNCHECKED = ["CONSTR_CHECK", "CONSTR_FOREIGN"];

/**
 * Each with the first major version that has it, by that version's release notes; the tests on each major version hold them to
 * real servers. What a function of the server's or a setting would need is not among them.
 */
const FEATURES: readonly Feature[] = [
  {
    major: 14,
    what: "DETACH PARTITION CONCURRENTLY",
    instead:
      "DETACH PARTITION without CONCURRENTLY, which holds the parent exclusively for a moment",
    tag: "PartitionCmd",
    when: has("concurrent"),
  },
  {
    major: 14,
    what: "DETACH PARTITION FINALIZE",
    tag: "AlterTableCmd",
    when: subtype("AT_DetachPartitionFinalize"),
  },
  {
    major: 14,
    what: "CREATE OR REPLACE TRIGGER",
    instead: "DROP TRIGGER IF EXISTS and CREATE TRIGGER in one file",
    tag: "CreateTrigStmt",
    when: has("replace"),
  },
  {
    major: 14,
    what: "a function's body without quotes",
    instead: "AS $$ ... $$",
    tag: "CreateFunctionStmt",
    when: has("sql_body"),
  },
  { major: 14, what: "COMPRESSION", tag: "ColumnDef", when: has("compression") },
  {
    major: 14,
    what: "SET COMPRESSION",
    tag: "AlterTableCmd",
    when: subtype("AT_SetCompression"),
  },
  {
    major: 14,
    what: "statistics on an expression",
    instead: "an index on it, which gathers them, too",
    tag: "StatsElem",
    when: has("expr"),
  },
  ...["IndexStmt", "Constraint"].map((tag) => ({
    major: 15,
    what: "NULLS NOT DISTINCT",
    instead: "a unique index on an expression such as coalesce(column, '')",
    tag,
    when: has("nulls_not_distinct"),
  })),
  {
    major: 15,
    what: "ON DELETE SET NULL or SET DEFAULT of some columns",
    tag: "Constraint",
    when: has("fk_del_set_cols"),
  },
  {
    major: 15,
    what: "SET ACCESS METHOD",
    tag: "AlterTableCmd",
    when: subtype("AT_SetAccessMethod"),
  },
  { major: 15, what: "MERGE", instead: "INSERT ... ON CONFLICT", tag: "MergeStmt" },
  {
    major: 15,
    what: "security_invoker",
    tag: "ViewStmt",
    when: option("security_invoker"),
  },
  {
    major: 16,
    what: "STORAGE in CREATE TABLE",
    instead: "ALTER TABLE ... ALTER COLUMN ... SET STORAGE",
    tag: "ColumnDef",
    when: has("storage_name"),
  },
  {
    major: 16,
    what: "GRANT of a role WITH INHERIT or SET",
    tag: "GrantRoleStmt",
    when: option("inherit", "set"),
  },
  {
    major: 16,
    what: "JSON_OBJECT",
    instead: "json_build_object",
    tag: "JsonObjectConstructor",
  },
  {
    major: 16,
    what: "JSON_ARRAY",
    instead: "json_build_array",
    tag: "JsonArrayConstructor",
  },
  { major: 16, what: "IS JSON", tag: "JsonIsPredicate" },
  { major: 17, what: "JSON_TABLE", instead: "jsonb_to_recordset", tag: "JsonTable" },
  {
    major: 17,
    what: "JSON_VALUE, JSON_QUERY or JSON_EXISTS",
    instead: "jsonb_path_query",
    tag: "JsonFuncExpr",
  },
  { major: 17, what: "MERGE ... RETURNING", tag: "MergeStmt", when: has("returningClause") },
  {
    major: 17,
    what: "WHEN NOT MATCHED BY SOURCE",
    tag: "MergeWhenClause",
    when: is("matchKind", "MERGE_WHEN_NOT_MATCHED_BY_SOURCE"),
  },
  {
    major: 17,
    what: "the privilege MAINTAIN",
    tag: "AccessPriv",
    when: is("priv_name", "maintain"),
  },
  {
    major: 17,
    what: "SET EXPRESSION of a generated column",
    tag: "AlterTableCmd",
    when: subtype("AT_SetExpression"),
  },
  {
    major: 18,
    what: "a generated column that is virtual",
    instead: "GENERATED ALWAYS AS (...) STORED; virtual is what 18 takes where neither is written",
    tag: "Constraint",
    when: (body) => body.contype === "CONSTR_GENERATED" && body.generated_kind === "v",
  },
  {
    major: 18,
    what: "NOT NULL as a table's constraint",
    instead: "CHECK (column IS NOT NULL) NOT VALID, validated later, and then SET NOT NULL",
    tag: "Constraint",
    when: (body) => body.contype === "CONSTR_NOTNULL" && !!body.keys,
  },
  {
    major: 18,
    what: "NOT ENFORCED",
    tag: "Constraint",
    when: (body) => UNCHECKED.includes(String(body.contype)) && !body.is_enforced,
  },
  {
    major: 18,
    what: "NOT ENFORCED",
    tag: "Constraint",
    when: is("contype", "CONSTR_ATTR_NOT_ENFORCED"),
  },
  {
    major: 18,
    what: "ALTER CONSTRAINT ... [NOT] ENFORCED",
    tag: "ATAlterConstraint",
    when: has("alterEnforceability"),
  },
  {
    major: 18,
    what: "ALTER CONSTRAINT ... [NO] INHERIT",
    tag: "ATAlterConstraint",
    when: has("alterInheritability"),
  },
  {
    major: 18,
    what: "WITHOUT OVERLAPS",
    instead: "an EXCLUDE constraint",
    tag: "Constraint",
    when: has("without_overlaps"),
  },
  {
    major: 18,
    what: "a foreign key with PERIOD",
    tag: "Constraint",
    when: has("fk_with_period"),
  },
  {
    major: 18,
    what: "RETURNING WITH (OLD AS ..., NEW AS ...)",
    tag: "ReturningOption",
  },
];

const BY_TAG = new Map<string, readonly Feature[]>();
for (const feature of FEATURES)
  BY_TAG.set(feature.tag, [...(BY_TAG.get(feature.tag) ?? []), feature]);

/** The youngest feature in the statement `node`; undefined where every server that lockstep works with knows it all. */
export function serverNeed(node: Node): ServerNeed | undefined {
  let youngest: Feature | undefined;
  walk(node, (tag, body) => {
    for (const feature of BY_TAG.get(tag) ?? []) {
      const fits = !feature.when || feature.when(body as Body);
      if (fits && feature.major > (youngest?.major ?? 0)) youngest = feature;
    }
  });
  if (!youngest) return undefined;
  const { major, what, instead } = youngest;
  return { major, what, ...(instead === undefined ? {} : { instead }) };
}
