// What kind of change a statement is, for the level of its risk: read from its parse tree and what the analysis says.
import type { InsertStmt, Node } from "@pgsql/types";
import { alterParts, optionsOf, optionText } from "../lint/tree.ts";
import type { Migration, Statement } from "../sources/migration.ts";

/**
 * - `adds`, `neutral`: running code does not notice
 * - `index`: adds, drops or rebuilds one
 * - `removes`: takes something away that holds no data: a function, a default, a right
 * - `inserts`: adds rows beside those that are there
 * - `opaque`: its text does not tell what it does
 * - `fills`: a backfill that writes only columns which the release itself adds
 * - `overwrites`: a backfill over values that were there before
 * - `breaks`: old and new code cannot both work with it
 * - `type`: changes the type of a column
 * - `data`: changes or deletes rows that are there
 * - `drops`: drops what holds data
 */
export type ChangeKind =
  | "adds"
  | "neutral"
  | "index"
  | "removes"
  | "inserts"
  | "opaque"
  | "fills"
  | "overwrites"
  | "breaks"
  | "type"
  | "data"
  | "drops";

/** What is known of a statement beside its tree. */
export interface KindContext {
  readonly statement: Statement;
  readonly migration: Migration;
  /** Whether the release itself adds that column. */
  readonly isOwnColumn: (table: Node, column: string) => boolean;
}

/** The kinds of change in one statement: an ALTER TABLE can have several. */
export function changeKinds(node: Node, context: KindContext): readonly ChangeKind[] {
  const { statement } = context;
  const rows = rowChange(node, context);
  if (rows !== undefined) return [rows];
  const kinds: ChangeKind[] = [];
  if (statement.irreversible) kinds.push("TruncateStmt" in node ? "data" : "drops");
  if (changesType(node) && statement.effect !== "adds") kinds.push("type");
  if (isAboutIndex(node)) kinds.push("index");
  if (statement.opaque) kinds.push("opaque");
  if (kinds.length > 0) return kinds;
  return statement.effect === "breaks" || statement.effect === "removes"
    ? [statement.effect]
    : [statement.effect === "adds" ? "adds" : "neutral"];
}

/** What happens to rows that are there; undefined where the statement is about none. */
function rowChange(node: Node, context: KindContext): ChangeKind | undefined {
  if ("UpdateStmt" in node) return updateKind(node, context);
  if ("DeleteStmt" in node || "MergeStmt" in node) return "data";
  if ("InsertStmt" in node) {
    if (context.statement.irreversible || updatesOnConflict(node.InsertStmt)) return "data";
    return "inserts";
  }
  if ("CopyStmt" in node) return node.CopyStmt.is_from ? "inserts" : "neutral";
  // Deletes within WITH.
  return "SelectStmt" in node && context.statement.irreversible ? "data" : undefined;
}

/** A batch locks few rows for a short time, and is gone on with; what it overwrites is as lost as by one UPDATE. */
function updateKind(
  node: Extract<Node, { UpdateStmt: unknown }>,
  { migration, isOwnColumn, statement }: KindContext,
): ChangeKind {
  if (!migration.backfill || statement.irreversible) return "data";
  const { relation, targetList = [] } = node.UpdateStmt;
  const table: Node = { RangeVar: relation ?? {} };
  const isOwn = targetList.every(
    (target) => "ResTarget" in target && isOwnColumn(table, target.ResTarget.name ?? ""),
  );
  return isOwn && targetList.length > 0 ? "fills" : "overwrites";
}

function updatesOnConflict({ onConflictClause }: InsertStmt): boolean {
  return onConflictClause?.action === "ONCONFLICT_UPDATE";
}

function changesType(node: Node): boolean {
  if (!("AlterTableStmt" in node)) return false;
  return alterParts(node.AlterTableStmt).some(
    ({ command }) => command.subtype === "AT_AlterColumnType",
  );
}

function isAboutIndex(node: Node): boolean {
  if ("IndexStmt" in node || "ReindexStmt" in node) return true;
  return "DropStmt" in node && node.DropStmt.removeType === "OBJECT_INDEX";
}

/** Whether an index is built or rebuilt while everybody goes on. */
export function buildsConcurrently(node: Node): boolean {
  if ("IndexStmt" in node) return node.IndexStmt.concurrent === true;
  if (!("ReindexStmt" in node)) return false;
  const option = optionsOf(node.ReindexStmt.params).get("concurrently");
  return option !== undefined && !["false", "off", "0"].includes(optionText(option));
}
