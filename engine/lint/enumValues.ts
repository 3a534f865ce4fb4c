// Enum values that a file adds and uses: PostgreSQL takes a new value only once its adding is committed.
import type { MigrationProblem } from "../sources/migration.ts";
import type { ParsedStatement } from "../sql/parse.ts";
import type { StatementReading } from "./effects.ts";
import { dotted } from "./names.ts";

/** The first statement that uses a value which a statement before it has added. */
export interface EnumUse {
  readonly statement: ParsedStatement;
  readonly value: string;
  readonly type: string;
}

/** Statements that mean the transaction or the session around them, and so what comes before and after in the file. */
const OF_ONE_TRANSACTION: ReadonlySet<string> = new Set([
  ...["VariableSetStmt", "TransactionStmt", "ConstraintsSetStmt", "LockStmt", "CallStmt"],
  ...["DeclareCursorStmt", "FetchStmt", "ClosePortalStmt", "ListenStmt", "UnlistenStmt"],
  ...["PrepareStmt", "ExecuteStmt", "DeallocateStmt", "DiscardStmt", "LoadStmt"],
]);

/** Finds the first such use. When in doubt a statement counts as one: the file then runs in pieces, which does no harm. */
export function findEnumUse(readings: readonly StatementReading[]): EnumUse | undefined {
  const added = new Map<string, string>();
  const ownTypes = new Set<string>();
  for (const { statement } of readings) {
    const { node } = statement;
    if ("CreateEnumStmt" in node) ownTypes.add(dotted(node.CreateEnumStmt.typeName));
    if ("AlterEnumStmt" in node && !node.AlterEnumStmt.oldVal) {
      const type = dotted(node.AlterEnumStmt.typeName);
      if (!ownTypes.has(type)) added.set(node.AlterEnumStmt.newVal ?? "", type);
      continue;
    }
    const used = [...added].find(([value]) => mentions(node, value));
    if (used) return { statement, value: used[0], type: used[1] };
  }
  return undefined;
}

/** Whether each statement of a file may have a transaction of its own. `wrapped`: its author wrote BEGIN and COMMIT around it. */
export function mayRunInPieces(readings: readonly StatementReading[], wrapped: boolean): boolean {
  if (wrapped) return false;
  return readings.every(
    ({ statement: { kind, node, sql } }) =>
      !OF_ONE_TRANSACTION.has(kind) && !usesTemporary(node) && !/set_config|advisory/i.test(sql),
  );
}

/** The refusal of a file that uses a value it adds, and must run as a whole all the same. */
export function enumValueProblem(
  use: EnumUse,
  where: (offset: number) => string,
): MigrationProblem {
  return {
    rule: "enum-value-used",
    message: `value '${use.value}' of type ${use.type} is added and used in one file, which cannot run statement by statement: it holds a setting, a transaction, a lock or a temporary table for what follows`,
    remedy: "move what uses the value to the next file",
    where: where(use.statement.offset),
    initialToo: true,
  };
}

/** Whether a tree holds `value` as a constant, in an array's text, or quoted within code (DO). */
function mentions(tree: unknown, value: string): boolean {
  if (Array.isArray(tree)) return tree.some((item) => mentions(item, value));
  if (typeof tree !== "object" || tree === null) return false;
  if ("sval" in tree && typeof tree.sval === "string") {
    const { sval } = tree;
    return sval === value || sval.includes(`'${value}'`) || isInArray(sval, value);
  }
  if ("CreateFunctionStmt" in tree && isLeftAlone(tree.CreateFunctionStmt)) return false;
  return Object.values(tree).some((item) => mentions(item, value));
}

function isInArray(text: string, value: string): boolean {
  return text.startsWith("{") && text.includes(value);
}

/** Bodies are not run when a function is made; those in SQL are checked then, which reads their constants. */
function isLeftAlone(create: unknown): boolean {
  const text = JSON.stringify(create).toLowerCase();
  return !text.includes('"sval":"sql"') && !text.includes('"sql_body"');
}

function usesTemporary(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(usesTemporary);
  if (typeof tree !== "object" || tree === null) return false;
  if ("relpersistence" in tree && tree.relpersistence === "t") return true;
  if ("schemaname" in tree && tree.schemaname === "pg_temp") return true;
  return Object.values(tree).some(usesTemporary);
}
