// A file's SQL in pieces: each statement, or part of an ALTER TABLE, with the stage that it belongs to.
import type { AlterTableCmd, Node } from "@pgsql/types";
import { LockstepError } from "../errors/lockstepError.ts";
import { readEffects, type StatementReading } from "../lint/effects.ts";
import { createKeys, dropKeys } from "../lint/recreated.ts";
import { blankOut, unwrapTransaction } from "../lint/transactionControl.ts";
import type { Verdict } from "../lint/verdict.ts";
import { formatWhere } from "../sql/locate.ts";
import type { ParsedStatement, SqlParser } from "../sql/parse.ts";
import { loadTokens, type SqlToken } from "../sql/tokens.ts";

/** Where a piece goes: `recipe` for what old and new code cannot both work with. */
export type Side = "expand" | "contract" | "recipe";

/** A statement, or those parts of an ALTER TABLE that go together. */
export interface Piece {
  readonly side: Side;
  /** With the comments before it and its semicolon. */
  readonly text: string;
  readonly verdict: Verdict;
  readonly statement: ParsedStatement;
  /** The part, where it is one of an ALTER TABLE. */
  readonly command: AlterTableCmd | undefined;
  /** The part's or statement's own text, without comments and semicolon. */
  readonly sql: string;
  /** `file:line:column`. */
  readonly where: string;
}

/** Text to cut, and its place for messages. */
export interface PiecesRequest {
  readonly sql: string;
  readonly path: string;
  readonly parser: SqlParser;
}

interface Unit {
  readonly verdict: Verdict;
  readonly statement: ParsedStatement;
  readonly command: AlterTableCmd | undefined;
  readonly sql: string;
  readonly head: string;
}

/**
 * The pieces of a file, in its order.
 * @throws LockstepError SQL_SYNTAX, or UNSAFE_MIGRATION for a statement whose parts go apart and that cannot be cut.
 */
export async function cutPieces({ sql, path, parser }: PiecesRequest): Promise<readonly Piece[]> {
  const { statements, stripped } = unwrapTransaction(parser.parse(sql, path));
  const body = blankOut(sql, stripped);
  const readings = readEffects(statements);
  const where = ({ offset }: ParsedStatement) => formatWhere(path, sql, offset);
  const units: Unit[] = [];
  for (const reading of readings) units.push(...(await unitsOf(reading, where)));
  const sides = sidesOf(units);
  const comments = commentsOf(body, statements);
  return joined(units, sides).map(({ unit, side, sql: own, isFirst }) => ({
    side,
    text: withComments(`${unit.head}${own};`, isFirst ? comments.get(unit.statement) : undefined),
    verdict: unit.verdict,
    statement: unit.statement,
    command: unit.command,
    sql: own,
    where: where(unit.statement),
  }));
}

function withComments(
  text: string,
  around: { readonly before: string; readonly behind: string } | undefined,
): string {
  return around ? around.before + text + around.behind : text;
}

async function unitsOf(
  { statement, parts, verdict }: StatementReading,
  where: (statement: ParsedStatement) => string,
): Promise<readonly Unit[]> {
  const whole = { verdict, statement, command: undefined, sql: statement.sql, head: "" };
  const commands = commandsOf(statement.node);
  if (new Set(parts.map(sideOf)).size <= 1 && !isBreakAmongOthers(parts)) {
    return [{ ...whole, command: commands.length === 1 ? commands[0] : undefined }];
  }
  // A DROP of several objects goes as a whole: what it drops again, after making it, is gone by then.
  if ("DropStmt" in statement.node) return [whole];
  const cut = commands.length === parts.length ? await cutAlter(statement.sql) : undefined;
  if (!cut || cut.parts.length !== commands.length) {
    throw new LockstepError(
      "UNSAFE_MIGRATION",
      "A statement adds and removes at once, and lockstep cannot cut it",
      {
        where: where(statement),
        seen: verdict.summary,
        next: "write it as two statements, then run the command again",
      },
    );
  }
  return cut.parts.map((sql, at) => ({
    verdict: parts[at] ?? verdict,
    statement,
    command: commands[at],
    sql,
    head: cut.head,
  }));
}

function isBreakAmongOthers(parts: readonly Verdict[]): boolean {
  return parts.length > 1 && parts.some(({ effect }) => effect === "breaks");
}

function commandsOf(node: Node): readonly AlterTableCmd[] {
  if (!("AlterTableStmt" in node)) return [];
  return (node.AlterTableStmt.cmds ?? []).flatMap((one) =>
    "AlterTableCmd" in one ? one.AlterTableCmd : [],
  );
}

/** ALTER TABLE with its table, and the parts behind it. */
async function cutAlter(
  sql: string,
): Promise<{ readonly head: string; readonly parts: readonly string[] } | undefined> {
  const tokens = await loadTokens(sql);
  if (tokens[0]?.word !== "alter" || tokens[1]?.word !== "table") return undefined;
  const first = tokens[behindTable(tokens)];
  if (!first) return undefined;
  const commas = tokens.filter(
    ({ word, depth, start }) => word === "," && depth === 0 && start > first.start,
  );
  const starts = [first.start, ...commas.map(({ end }) => end)];
  const ends = [...commas.map(({ start }) => start), sql.length];
  return {
    head: sql.slice(0, first.start),
    parts: starts.map((start, at) => sql.slice(start, ends[at]).trim()),
  };
}

/** The part of an ALTER TABLE that has only one; text that is such a part already stays as it is. */
export async function alterPart(sql: string): Promise<string> {
  return (await cutAlter(sql))?.parts[0] ?? sql;
}

function behindTable(tokens: readonly SqlToken[]): number {
  let at = 2;
  if (tokens[at]?.word === "if") at += 2;
  if (tokens[at]?.word === "only") at += 1;
  at += 1;
  while (tokens[at]?.word === ".") at += 2;
  return tokens[at]?.word === "*" ? at + 1 : at;
}

function sideOf({ effect }: Verdict): Side | undefined {
  if (effect === "breaks") return "recipe";
  if (effect === "adds") return "expand";
  return effect === "removes" ? "contract" : undefined;
}

/** What tells no stage goes with what comes after it (a setting, a constraint that is dropped to be made again), a comment with what it is on. */
function sidesOf(units: readonly Unit[]): readonly Side[] {
  const told = units.map(({ verdict }) => sideOf(verdict));
  const isStage = (side: Side | undefined) => side === "expand" || side === "contract";
  const sideAt = (index: number): Side => {
    const before = told.slice(0, index).findLast(isStage);
    const after = told.slice(index + 1).find(isStage);
    const isBehind = units[index]?.statement.kind === "CommentStmt";
    return told[index] ?? (isBehind ? (before ?? after) : (after ?? before)) ?? "expand";
  };
  // What is dropped to be made again goes with the making.
  return units.map((unit, index) => sideAt(made(unit, units) ?? index));
}

function made({ statement: { node } }: Unit, units: readonly Unit[]): number | undefined {
  const keys = "DropStmt" in node ? dropKeys(node.DropStmt) : [];
  const at = units.findIndex(({ statement }) =>
    createKeys(statement.node).some((key) => keys.includes(key)),
  );
  return at < 0 ? undefined : at;
}

/** Parts of one ALTER TABLE that go to the same side are one statement again. */
function joined(units: readonly Unit[], sides: readonly Side[]) {
  const pieces: { unit: Unit; side: Side; sql: string; isFirst: boolean }[] = [];
  const seen = new Set<ParsedStatement>();
  for (const [index, unit] of units.entries()) {
    const side = sides[index] ?? "expand";
    const same = pieces.find(
      (one) => one.unit.statement === unit.statement && one.side === side && side !== "recipe",
    );
    if (same) same.sql += `,\n    ${unit.sql}`;
    else pieces.push({ unit, side, sql: unit.sql, isFirst: !seen.has(unit.statement) });
    seen.add(unit.statement);
  }
  return pieces;
}

/** The comments around each statement: those before it, and one behind it on its line. */
function commentsOf(text: string, statements: readonly ParsedStatement[]) {
  let at = 0;
  return new Map(
    statements.map((statement) => {
      // A BEGIN that was taken away leaves its semicolon.
      const before = text.slice(at, statement.offset).replace(/^\s*;/, "").trim();
      const end = statement.offset + statement.sql.length;
      const [all = "", behind = ""] = /^\s*;?[ \t]*(--[^\n]*)?/.exec(text.slice(end)) ?? [];
      at = end + all.length;
      const comments = {
        before: before === "" ? "" : `${before}\n`,
        behind: behind === "" ? "" : ` ${behind}`,
      };
      return [statement, comments];
    }),
  );
}
