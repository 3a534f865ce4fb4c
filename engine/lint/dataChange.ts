// What statements that read or write rows do: whether rows go, and whether their text tells.
import type { FuncCall, Node, RangeVar, WithClause } from "@pgsql/types";
import { changeSearchPath, isNew, markNew, type FileScope } from "./fileScope.ts";
import { dotted, relationName } from "./names.ts";
import { findAll } from "./tree.ts";
import { adds, neutral, removes, type Verdict } from "./verdict.ts";

/** One verdict for a SELECT, INSERT, UPDATE, DELETE or MERGE, and one for each that its WITH holds. */
export function readDataChange(node: Node, scope: FileScope): Verdict[] {
  if ("InsertStmt" in node) {
    const { relation, withClause } = node.InsertStmt;
    return [...readWith(withClause, scope), neutral(`inserts rows into ${relationName(relation)}`)];
  }
  if ("UpdateStmt" in node) {
    const { relation, withClause } = node.UpdateStmt;
    return [...readWith(withClause, scope), neutral(`updates rows of ${relationName(relation)}`)];
  }
  if ("DeleteStmt" in node) {
    const { relation, withClause } = node.DeleteStmt;
    return [...readWith(withClause, scope), deletion(relation, scope)];
  }
  if ("MergeStmt" in node) return readMerge(node, scope);
  if ("SelectStmt" in node) return readSelect(node, scope);
  return [];
}

function readWith(clause: WithClause | undefined, scope: FileScope): Verdict[] {
  return (clause?.ctes ?? []).flatMap((cte) =>
    "CommonTableExpr" in cte &&
    cte.CommonTableExpr.ctequery &&
    !("SelectStmt" in cte.CommonTableExpr.ctequery)
      ? readDataChange(cte.CommonTableExpr.ctequery, scope)
      : [],
  );
}

function deletion(relation: RangeVar | undefined, scope: FileScope): Verdict {
  const name = relationName(relation);
  return isNew(scope, "relation", name)
    ? neutral(`deletes rows of ${name}`)
    : removes(`deletes rows of ${name}`, { irreversible: true });
}

function readMerge(node: Extract<Node, { MergeStmt: unknown }>, scope: FileScope): Verdict[] {
  const { relation, withClause, mergeWhenClauses = [] } = node.MergeStmt;
  const deletes = mergeWhenClauses.some(
    (clause) => "MergeWhenClause" in clause && clause.MergeWhenClause.commandType === "CMD_DELETE",
  );
  const own = deletes
    ? deletion(relation, scope)
    : neutral(`merges rows into ${relationName(relation)}`);
  return [...readWith(withClause, scope), own];
}

function readSelect(node: Extract<Node, { SelectStmt: unknown }>, scope: FileScope): Verdict[] {
  const { intoClause, withClause } = node.SelectStmt;
  const changes = readWith(withClause, scope);
  if (intoClause) {
    const name = relationName(intoClause.rel);
    markNew(scope, "relation", name);
    if (intoClause.rel?.relpersistence === "t") scope.temporary.add(`relation ${name}`);
    return [...changes, adds(`creates table ${name}`)];
  }
  const functions = calledFunctions(node);
  // pg_dump sets the search_path this way.
  if (functions.includes("set_config")) changeSearchPath(scope);
  const called = functions.find((name) => !HARMLESS.has(name));
  if (called) return [...changes, neutral(`runs function ${called}`, { opaque: true })];
  return [...changes, neutral("reads rows")];
}

/** Functions of PostgreSQL that migrations call and that change neither schema nor rows. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["setval", "nextval", "currval", "set_config", "current_setting", "pg_get_serial_sequence"],
  ...["count", "max", "min", "sum", "coalesce", "now", "greatest", "least", "version"],
  ...["to_regclass", "pg_notify", "pg_sleep", "format", "concat", "lower", "upper", "length"],
  ...["pg_advisory_lock", "pg_advisory_xact_lock", "pg_advisory_unlock", "pg_stat_reset"],
]);

/** The names of all functions that a tree calls, in its order. */
export function calledFunctions(tree: unknown): string[] {
  return findAll(tree, "FuncCall").map(({ funcname }: FuncCall) =>
    dotted(funcname).replace(/^pg_catalog\./, ""),
  );
}
