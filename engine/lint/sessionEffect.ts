// Which statements can leave nothing behind in the session that ran them, so that it needs no reset.
import type { ParsedStatement } from "../sql/parse.ts";

/** Definitions: they run no code of the user's, event triggers aside. */
const DEFINITIONS: ReadonlySet<string> = new Set([
  ...["CreateStmt", "IndexStmt", "CommentStmt", "AlterTableStmt", "ViewStmt", "RenameStmt"],
  ...["CreateSeqStmt", "CreateEnumStmt", "AlterEnumStmt", "CompositeTypeStmt", "CreateDomainStmt"],
  ...["CreateFunctionStmt", "CreateTrigStmt", "CreatePolicyStmt", "GrantStmt", "DropStmt"],
]);

/**
 * Whether the statement can leave neither a setting nor a role, lock, cursor, temporary table or prepared statement in
 * the session. Code that it might run can do all that: `ADD COLUMN … DEFAULT f()` calls a function for each row, which
 * CREATE INDEX and CREATE TABLE don't do, or only in a place of the server's that undoes it.
 */
export function keepsSession({ kind, node, sql }: ParsedStatement): boolean {
  if (!DEFINITIONS.has(kind)) return false;
  if ("AlterTableStmt" in node) return !sql.includes("(");
  const relation = createdRelation(node);
  return relation?.relpersistence !== "t" && relation?.schemaname !== "pg_temp";
}

function createdRelation(node: ParsedStatement["node"]) {
  if ("CreateStmt" in node) return node.CreateStmt.relation;
  if ("ViewStmt" in node) return node.ViewStmt.view;
  return "CreateSeqStmt" in node ? node.CreateSeqStmt.sequence : undefined;
}
