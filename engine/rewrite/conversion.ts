// How values get from the old column to the new one, and back as long as both are there.
import type { ColumnDef } from "@pgsql/types";
import { LockstepError } from "../errors/lockstepError.ts";
import { typeText } from "../lint/names.ts";
import { modifiersOf } from "../lint/schema/applyAlter.ts";
import type { SqlParser } from "../sql/parse.ts";
import type { Quote } from "./names.ts";
import { parseExpression, type Expression } from "./substitute.ts";

/** Ways there and back. */
export interface Conversion {
  /** From the old column (and others of the row) to the new one. */
  readonly forth: Expression;
  /** From the new column to the old one. */
  readonly back: Expression;
  /** Whether no value of the old column changes on the way there and back. */
  readonly isExact: boolean;
  /** Whether no value of the new column does on the way back and there, so that the two can be compared. */
  readonly isComparable: boolean;
}

/** What decides on a conversion. */
export interface ConversionRequest {
  readonly parser: SqlParser;
  readonly quote: Quote;
  readonly from: { readonly name: string; readonly type: string };
  readonly to: { readonly name: string; readonly type: string };
  /** The USING of the file. */
  readonly using: string | undefined;
  /** What the user said of the way back. */
  readonly back: string | undefined;
  /** `file:line:column` of the change. */
  readonly where: string;
  /** The command that was called, for the next one. */
  readonly command: string;
}

/** A rename: the value as it is. */
export function identity(
  parser: SqlParser,
  quote: Quote,
  names: { readonly from: string; readonly to: string },
): Conversion {
  return {
    forth: parseExpression(parser, quote(names.from), "the old column"),
    back: parseExpression(parser, quote(names.to), "the new column"),
    isExact: true,
    isComparable: true,
  };
}

/**
 * The conversion of a change of type.
 * @throws LockstepError USAGE where the way back is not known and not given, or names what it must not.
 */
export function planConversion(request: ConversionRequest): Conversion {
  const { parser, quote, from, to, using, back: given, where } = request;
  const forth = parseExpression(parser, using ?? quote(from.name), where);
  const isPlain = using === undefined || isPlainCast(parser, using, from.name);
  const known = isPlain ? wayBack(parser, from.type, to.type) : undefined;
  if (given === undefined && known === undefined) throw noWayBack(request, isPlain);
  const backText = given ?? known?.(quote(to.name)) ?? "";
  const back = parseExpression(parser, backText, "--back");
  const others = back.columns.filter((name) => name !== to.name);
  if (others.length > 0 || back.columns.length === 0) {
    throw new LockstepError(
      "USAGE",
      `--back must be an expression over ${to.name}, and of no other column`,
      {
        seen: backText,
        next: `name the new column in it, for example: --back '${quote(to.name)}::${from.type}'`,
      },
    );
  }
  const isExact = given === undefined;
  return {
    forth,
    back,
    isExact,
    isComparable: isExact && isSameFamily(parser, from.type, to.type),
  };
}

function noWayBack(
  { from, to, where, command, quote }: ConversionRequest,
  isPlain: boolean,
): LockstepError {
  return new LockstepError(
    "USAGE",
    "The way back from the new type to the old one has to be told",
    {
      where,
      seen: `${from.name} ${from.type} becomes ${to.name} ${to.type}${isPlain ? "" : " by an expression of the file's own"}`,
      likely:
        "the version that runs goes on reading the old column while the new one writes the new column, so values must come back too",
      next: `give the expression: ${command} --back '${quote(to.name)}::${from.type}'`,
    },
  );
}

/** `a`, `a::type` or CAST(a AS type). */
function isPlainCast(parser: SqlParser, using: string, column: string): boolean {
  const { columns, render } = parseExpression(parser, using, "USING");
  if (columns.length !== 1 || columns[0] !== column) return false;
  const bare = render(() => "c").trim();
  return (
    /^\(*c\)*(::[\w\s(),".[\]]+)?$/i.test(bare) ||
    /^cast\s*\(\s*c\s+as\s+[\w\s(),".[\]]+\)$/i.test(bare)
  );
}

const WHOLE: Readonly<Record<string, number>> = { int2: 2, int4: 4, int8: 8 };

/**
 * The expression back for pairs of types that are known to hold each value of the old one exactly, and whose way back refuses what the
 * old one cannot hold (PostgreSQL's casts: integer out of range, value too long, invalid input); undefined for all others.
 */
function wayBack(
  parser: SqlParser,
  from: string,
  to: string,
): ((column: string) => string) | undefined {
  const [old, now] = [readType(parser, from), readType(parser, to)];
  const plain = (column: string) => column;
  const cast = (column: string) => `${column}::${from}`;
  const [oldBytes, nowBytes] = [WHOLE[old.name], WHOLE[now.name]];
  if (oldBytes !== undefined && nowBytes !== undefined)
    return nowBytes >= oldBytes ? plain : undefined;
  if (!isText(now.name)) return undefined;
  if (oldBytes !== undefined || old.name === "uuid")
    return now.modifiers.length === 0 ? cast : undefined;
  if (!isText(old.name)) return undefined;
  const [oldLength = Infinity, nowLength = Infinity] = [old.modifiers[0], now.modifiers[0]];
  return nowLength >= oldLength ? plain : undefined;
}

function isText(name: string): boolean {
  return name === "text" || name === "varchar";
}

function readType(
  parser: SqlParser,
  type: string,
): { readonly name: string; readonly modifiers: readonly number[] } {
  const [statement] = parser.parse(`ALTER TABLE t ADD COLUMN c ${type}`, type);
  const command =
    statement && "AlterTableStmt" in statement.node
      ? statement.node.AlterTableStmt.cmds?.[0]
      : undefined;
  const definition = command && "AlterTableCmd" in command ? command.AlterTableCmd.def : undefined;
  const column: ColumnDef = definition && "ColumnDef" in definition ? definition.ColumnDef : {};
  return { name: typeText(column.typeName), modifiers: modifiersOf(column) };
}

/** Whether both types order and compare their values alike, so that checks and indexes mean the same on both. */
export function isSameFamily(parser: SqlParser, from: string, to: string): boolean {
  const [old, now] = [readType(parser, from).name, readType(parser, to).name];
  return old === now || (old in WHOLE && now in WHOLE) || (isText(old) && isText(now));
}
