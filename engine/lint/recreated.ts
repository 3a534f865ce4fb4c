// Finds objects that a file drops and makes again: together that neither adds nor removes.
import type { CreateFunctionStmt, DropStmt, Node, ObjectType, RangeVar } from "@pgsql/types";
import type { ParsedStatement } from "../sql/parse.ts";
import { dotted, objectName, relationName, typeText, withoutPublic } from "./names.ts";

/**
 * The keys of objects that are dropped by one statement and created by a later one. Tables are
 * never among them: their rows don't come back.
 */
export function findRecreated(statements: readonly ParsedStatement[]): ReadonlySet<string> {
  const dropped = new Set<string>();
  const recreated = new Set<string>();
  for (const { node } of statements) {
    if ("DropStmt" in node) dropKeys(node.DropStmt).forEach((key) => dropped.add(key));
    for (const key of createKeys(node)) if (dropped.has(key)) recreated.add(key);
  }
  return recreated;
}

/** One key for each object that the statement drops, in its order; routines that leave their arguments out match any. */
export function dropKeys(statement: DropStmt): string[] {
  const family = FAMILIES[statement.removeType ?? "OBJECT_TABLE"];
  // CASCADE takes more along than the file makes again.
  if (!family || statement.behavior === "DROP_CASCADE") return [];
  return (statement.objects ?? []).map(
    (object) => `${family} ${withoutPublic(objectName(object))}`,
  );
}

/** Kinds that can be made again without loss. Functions and procedures share a name space. */
const FAMILIES: { readonly [K in ObjectType]?: string } = {
  OBJECT_FUNCTION: "routine",
  OBJECT_PROCEDURE: "routine",
  OBJECT_ROUTINE: "routine",
  OBJECT_AGGREGATE: "routine",
  OBJECT_TRIGGER: "trigger",
  OBJECT_POLICY: "policy",
  OBJECT_RULE: "rule",
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "view",
  OBJECT_INDEX: "index",
};

/** The keys under which a drop of what `node` creates would be found. */
export function createKeys(node: Node): string[] {
  if ("CreateFunctionStmt" in node) return routineKeys(node.CreateFunctionStmt);
  if ("CreateTrigStmt" in node) {
    return [`trigger ${member(node.CreateTrigStmt.relation, node.CreateTrigStmt.trigname)}`];
  }
  if ("CreatePolicyStmt" in node) {
    return [`policy ${member(node.CreatePolicyStmt.table, node.CreatePolicyStmt.policy_name)}`];
  }
  if ("RuleStmt" in node) return [`rule ${member(node.RuleStmt.relation, node.RuleStmt.rulename)}`];
  if ("ViewStmt" in node) return [`view ${withoutPublic(relationName(node.ViewStmt.view))}`];
  if ("CreateTableAsStmt" in node && node.CreateTableAsStmt.objtype === "OBJECT_MATVIEW") {
    return [`view ${withoutPublic(relationName(node.CreateTableAsStmt.into?.rel))}`];
  }
  if ("IndexStmt" in node) {
    // An index lies in its table's schema.
    const { relation, idxname } = node.IndexStmt;
    return idxname
      ? [`index ${withoutPublic(relationName({ ...relation, relname: idxname }))}`]
      : [];
  }
  return [];
}

function member(relation: RangeVar | undefined, name: string | undefined): string {
  return `${withoutPublic(relationName(relation))}.${name ?? "?"}`;
}

/** With and without arguments: DROP may leave them out. */
export function routineKeys(statement: CreateFunctionStmt): string[] {
  const inputs = (statement.parameters ?? []).flatMap((node) => {
    if (!("FunctionParameter" in node)) return [];
    const { mode, argType } = node.FunctionParameter;
    return mode === "FUNC_PARAM_OUT" || mode === "FUNC_PARAM_TABLE" ? [] : [typeText(argType)];
  });
  const name = withoutPublic(dotted(statement.funcname));
  return [`routine ${name}(${inputs.join(", ")})`, `routine ${name}`];
}
