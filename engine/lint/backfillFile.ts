// A file with a backfill directive must hold the one statement that is run in batches, and a query that counts what is left.
import type { ColumnRef, RangeVar } from "@pgsql/types";
import { isLockstepError } from "../errors/lockstepError.ts";
import type { BackfillDirective } from "../sources/migration.ts";
import type { ParsedStatement, SqlParser } from "../sql/parse.ts";
import { refuse, type DirectiveSource, type Directives } from "./directives.ts";
import { relationName, spelledTable, strings, withoutPublic } from "./names.ts";

/**
 * The backfill of a file that declares one.
 * @throws LockstepError `MIGRATION_FILES` unless the file holds exactly one UPDATE, DELETE or INSERT ... SELECT, on the declared
 * table where it changes rows in place, and `remaining` is one SELECT.
 */
export function parseBackfill(
  source: DirectiveSource,
  directive: NonNullable<Directives["backfill"]>,
  context: { readonly statements: readonly ParsedStatement[]; readonly parser: SqlParser },
): BackfillDirective {
  const { offset, remainingOffset, ...backfill } = directive;
  const fail = (message: string, at = offset) => refuse(source, at, message);
  const [statement, second] = context.statements;
  if (!statement)
    return fail("a backfill file holds one UPDATE, DELETE or INSERT ... SELECT, this one none");
  if (second) {
    fail(
      "a backfill file holds exactly one UPDATE, DELETE or INSERT ... SELECT; move this to another file",
      second.offset,
    );
  }
  const changed = changedTable(statement);
  if (changed === undefined) {
    fail("a backfill must be an UPDATE, a DELETE or an INSERT ... SELECT", statement.offset);
  } else if (changed && withoutPublic(relationName(changed)) !== spelledTable(backfill.table)) {
    fail(
      `the statement changes ${relationName(changed)}, the directive names ${backfill.table}`,
      statement.offset,
    );
  }
  ensureOneQuery(context.parser, backfill.remaining, (message) => fail(message, remainingOffset));
  return { ...backfill, ...(copiesValues(statement) && { copies: true as const }) };
}

/** The table whose rows are changed in place; null for INSERT ... SELECT, which walks another. */
function changedTable({ node }: ParsedStatement): RangeVar | null | undefined {
  if ("UpdateStmt" in node) return node.UpdateStmt.relation;
  if ("DeleteStmt" in node) return node.DeleteStmt.relation;
  if (!("InsertStmt" in node)) return undefined;
  const { selectStmt } = node.InsertStmt;
  const isSelect = selectStmt && "SelectStmt" in selectStmt && !selectStmt.SelectStmt.valuesLists;
  return isSelect ? null : undefined;
}

/** Whether values of other columns or tables are copied, which may change while that goes on. */
function copiesValues({ node }: ParsedStatement): boolean {
  if ("InsertStmt" in node) return true;
  if (!("UpdateStmt" in node)) return false;
  const { targetList = [], fromClause = [] } = node.UpdateStmt;
  const own = targetList.flatMap((target) =>
    "ResTarget" in target ? (target.ResTarget.name ?? []) : [],
  );
  return fromClause.length > 0 || readsOther(targetList, own);
}

function readsOther(tree: unknown, own: readonly string[]): boolean {
  if (Array.isArray(tree)) return tree.some((item) => readsOther(item, own));
  if (typeof tree !== "object" || tree === null) return false;
  if ("ColumnRef" in tree) {
    const { fields } = tree.ColumnRef as ColumnRef;
    return !own.includes(strings(fields).at(-1) ?? "");
  }
  return Object.values(tree).some((item) => readsOther(item, own));
}

function ensureOneQuery(parser: SqlParser, query: string, fail: (message: string) => never): void {
  let parsed: readonly ParsedStatement[];
  try {
    parsed = parser.parse(query, "remaining");
  } catch (error) {
    const text = isLockstepError(error) ? error.message : String(error);
    const column = isLockstepError(error) ? (error.where?.split(":").at(-1) ?? "1") : "1";
    return fail(`remaining is not a query: ${text} (its column ${column})`);
  }
  if (parsed.length !== 1 || parsed[0]?.kind !== "SelectStmt") {
    fail(
      `remaining must be one SELECT, this is ${parsed.length === 1 ? (parsed[0]?.kind ?? "") : `${parsed.length} statements`}`,
    );
  }
}
