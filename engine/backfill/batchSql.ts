// A backfill's one statement, cut so that a key range can be put into it.
import type { Node } from "@pgsql/types";
import { LockstepError } from "../errors/lockstepError.ts";
import type { BackfillDirective } from "../sources/migration.ts";
import { parseSql } from "../sql/parse.ts";
import { loadTokens } from "../sql/tokens.ts";

/** `head` WHERE `condition` `tail`: the parts of an UPDATE, a DELETE or an INSERT ... SELECT. */
export interface BatchStatement {
  readonly head: string;
  /** Without WHERE; `true` where the statement has none. */
  readonly condition: string;
  /** Offset of `condition` in the statement. */
  readonly conditionAt: number;
  /** RETURNING, ON CONFLICT and what follows them; often empty. */
  readonly tail: string;
  /** The key's columns, each with the name by which the statement knows the walked table. */
  readonly key: readonly string[];
}

/** What ends a statement's WHERE. */
const ENDS: ReadonlySet<string> = new Set(["returning", "order", "for", "conflict"]);
/** What cannot be cut into ranges of the key: its result depends on rows of several batches. */
const WHOLE: ReadonlySet<string> = new Set([
  ...["union", "intersect", "except", "limit", "offset", "fetch", "group", "having", "window"],
]);

/**
 * Cuts `sql` at its own WHERE: the one outside of all parentheses.
 * @throws LockstepError MIGRATION_FILES for a statement that cannot be run by ranges of the key.
 */
export async function cutStatement(
  sql: string,
  directive: Pick<BackfillDirective, "table" | "key">,
  path: string,
): Promise<BatchStatement> {
  const [parsed] = await parseSql(sql, path);
  const name = parsed && walkedName(parsed.node, lastPart(directive.table));
  if (name === undefined) {
    throw uncuttable(sql, path, `nothing in it reads or changes ${directive.table}`);
  }
  const tokens = (await loadTokens(sql)).filter((token) => token.depth === 0);
  const whole = tokens.find((token) => WHOLE.has(token.word));
  if (whole) throw uncuttable(sql, path, `it has ${whole.word.toUpperCase()}`);
  const endAt = tokens.findIndex((token) => ENDS.has(token.word));
  const last = tokens[endAt]?.word === "conflict" ? tokens[endAt - 1] : tokens[endAt];
  const end = last?.start ?? sql.length;
  const where = tokens.find((token) => token.word === "where" && token.start < end);
  return {
    head: sql.slice(0, where?.start ?? end),
    condition: where ? sql.slice(where.end, end) : "true",
    conditionAt: where?.end ?? end,
    tail: sql.slice(end),
    key: keyColumns(directive.key).map((column) => `${name}.${column}`),
  };
}

/** The columns of `key=a,b`, as written. */
export function keyColumns(key: string): readonly string[] {
  return key.match(/(?:"(?:[^"]|"")+"|[^",])+/g) ?? [];
}

/** One batch as it is sent, with where the statement's own condition begins in it. */
export interface BatchQuery {
  readonly sql: string;
  readonly conditionAt: number;
}

/** One batch: keys up to and including the first parameters, above the second ones unless `first`. */
export function batchSql(statement: BatchStatement, first: boolean): BatchQuery {
  const { key } = statement;
  const upTo = `${row(key)} <= ${row(parameters(key, 1))}`;
  const range = first ? upTo : `${upTo} AND ${row(key)} > ${row(parameters(key, key.length + 1))}`;
  // A comment at the end of a part must not swallow what follows it.
  const before = `${statement.head}\nWHERE ${range} AND (`;
  return {
    sql: `${before}${statement.condition}\n) ${statement.tail}`,
    conditionAt: before.length,
  };
}

/** `($1, $2)`: the parameters for `key`, counted from `from`. */
export function parameters(key: readonly string[], from: number): readonly string[] {
  return key.map((_, index) => `$${String(from + index)}`);
}

/** A row of values, or the bare value where there is one: an index on it serves both. */
export function row(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? "") : `(${values.join(", ")})`;
}

interface Range {
  readonly relname?: string;
  readonly alias?: { readonly aliasname?: string };
}

/** The name by which the statement knows the walked table, quoted; undefined where it does not. */
function walkedName(node: Node, table: string): string | undefined {
  const isWalked = (range: Range | undefined) => range?.relname === table;
  // The table that changes may be joined to the one that is walked: only the latter has the key.
  if ("UpdateStmt" in node) {
    const { relation, fromClause = [] } = node.UpdateStmt;
    return quoted([relation, ...fromClause.flatMap(rangesOf)].find(isWalked));
  }
  if ("DeleteStmt" in node) {
    const { relation, usingClause = [] } = node.DeleteStmt;
    return quoted([relation, ...usingClause.flatMap(rangesOf)].find(isWalked));
  }
  if (!("InsertStmt" in node)) return undefined;
  const select = node.InsertStmt.selectStmt;
  const from = select && "SelectStmt" in select ? (select.SelectStmt.fromClause ?? []) : [];
  return quoted(from.flatMap(rangesOf).find(isWalked));
}

function rangesOf(node: Node): readonly Range[] {
  if ("RangeVar" in node) return [node.RangeVar];
  if (!("JoinExpr" in node)) return [];
  const { larg, rarg } = node.JoinExpr;
  return [larg, rarg].flatMap((side) => (side ? rangesOf(side) : []));
}

function quoted(range: Range | undefined): string | undefined {
  const name = range?.alias?.aliasname ?? range?.relname;
  return name === undefined ? undefined : `"${name.replaceAll('"', '""')}"`;
}

/** The table's own name, as the parser spells it. */
function lastPart(table: string): string {
  const part = table.match(/(?:"(?:[^"]|"")+"|[^".]+)$/)?.[0] ?? table;
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase();
}

function uncuttable(sql: string, path: string, why: string): LockstepError {
  return new LockstepError("MIGRATION_FILES", "A backfill that cannot be cut into batches", {
    where: path,
    seen: `${why}: ${sql.replace(/\s+/g, " ").slice(0, 80)}`,
    next: "write it as UPDATE table SET ... WHERE ..., DELETE FROM table WHERE ..., or INSERT ... SELECT ... FROM table WHERE ...; lockstep adds the key range",
  });
}
