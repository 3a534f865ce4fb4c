// Puts another column's name into SQL text that PostgreSQL printed or a file wrote.
import type { Node } from "@pgsql/types";
import { strings } from "../lint/names.ts";
import { findAll } from "../lint/tree.ts";
import { lex } from "../sql/lexer.ts";
import { byteOffsets, type SqlParser } from "../sql/parse.ts";
import { loadTokens, type SqlToken } from "../sql/tokens.ts";

/** What a bare or quoted word names. */
function nameIn(word: string): string {
  if (word.startsWith('"')) return word.slice(1, -1).replaceAll('""', '"');
  return word.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * `definition` (an index's part from USING on, a constraint as the catalogue prints it) with `to` in place of the column `from`.
 * `isIn` says which offsets count. `to` is as SQL has it.
 */
export async function withColumn(
  definition: string,
  {
    from,
    to,
    isIn = () => true,
  }: { readonly from: string; readonly to: string; readonly isIn?: (offset: number) => boolean },
): Promise<string> {
  const tokens = await loadTokens(definition);
  let text = definition;
  for (const [at, token] of [...tokens.entries()].reverse()) {
    if (nameIn(token.word) !== from || !isColumn(tokens, at) || !isIn(token.start)) continue;
    text = text.slice(0, token.start) + to + text.slice(token.end);
  }
  return text;
}

/** No type, function, schema, table or collation. */
function isColumn(tokens: readonly SqlToken[], at: number): boolean {
  const word = tokens[at]?.word ?? "";
  const before = tokens[at - 1]?.word;
  const after = tokens[at + 1]?.word;
  if (word.startsWith("'")) return false;
  return (
    before !== "::" && before !== "." && before !== "collate" && after !== "(" && after !== "."
  );
}

/** Where the columns of a foreign key stand in its definition: its own, and those that it refers to. */
export async function foreignKeyParts(definition: string): Promise<{
  readonly isOwn: (offset: number) => boolean;
  readonly isTarget: (offset: number) => boolean;
}> {
  const tokens = await loadTokens(definition);
  const opens = tokens.filter(({ word, depth }) => word === "(" && depth === 0);
  const closes = tokens.filter(({ word, depth }) => word === ")" && depth === 0);
  const within = (index: number) => (offset: number) =>
    offset > (opens[index]?.start ?? Infinity) && offset < (closes[index]?.start ?? -1);
  // ON DELETE SET NULL (columns) names its own again.
  return {
    isOwn: (offset) => within(0)(offset) || within(2)(offset) || within(3)(offset),
    isTarget: within(1),
  };
}

/** An expression whose columns can be put in. */
export interface Expression {
  /** The columns that it names. */
  readonly columns: readonly string[];
  /** Its text with what `column` gives in place of each of its columns. */
  readonly render: (column: (name: string) => string) => string;
}

/**
 * Reads an expression.
 * @throws LockstepError SQL_SYNTAX, with `origin` as the place.
 */
export function parseExpression(parser: SqlParser, written: string, origin: string): Expression {
  // A comment would end where the generated SQL goes on in the same line.
  const text = [...lex(written)]
    .map((piece) => (piece.kind === "comment" ? " " : piece.text))
    .join("");
  const head = "SELECT (";
  const [statement] = parser.parse(`${head}${text})`, origin);
  const toOffset = byteOffsets(`${head}${text})`);
  const places = findAll(statement?.node, "ColumnRef")
    .map((ref) => ({
      names: strings(ref.fields as Node[]),
      start: toOffset(Number(ref.location ?? 0)) - head.length,
    }))
    .toSorted((a, b) => a.start - b.start);
  return {
    columns: [...new Set(places.map(({ names }) => names.at(-1) ?? ""))],
    render: (column) => {
      let [rendered, at] = ["", 0];
      for (const { names, start } of places) {
        const written = writtenAt(text, start, names.length);
        rendered += text.slice(at, start) + column(names.at(-1) ?? "");
        at = start + written;
      }
      return rendered + text.slice(at);
    },
  };
}

const PART = String.raw`(?:[uU]&)?"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`;

/** How long the dotted name of `parts` parts is that stands at `start`. */
function writtenAt(text: string, start: number, parts: number): number {
  const form = new RegExp(`(?:${PART})(?:\\s*\\.\\s*(?:${PART})){${parts - 1}}`, "y");
  form.lastIndex = start;
  return form.exec(text)?.[0].length ?? 0;
}
