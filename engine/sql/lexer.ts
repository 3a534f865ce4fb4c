// PostgreSQL's lexical rules for texts that no parser takes: cut ones, bodies of functions, whole files at a glance.

/** What a piece of a text is. An open string, quote or comment goes on to the end. */
export type LexKind =
  | "blank"
  | "comment"
  /** A block comment without its end. */
  | "openComment"
  /** `'…'`, also with a prefix; backslashes in it mean nothing. */
  | "plainString"
  /** `E'…'` */
  | "escapeString"
  | "dollarString"
  | "number"
  /** A word, a quoted name, a parameter or a single sign. */
  | "other";

/** One piece; all pieces together are the text. */
export interface LexPiece {
  readonly kind: LexKind;
  readonly text: string;
  /** Offset (UTF-16 units). */
  readonly start: number;
}

/** White space in the sense of PostgreSQL's scanner: a no-break space, say, is part of a name. */
export const SQL_SPACE = " \t\n\r\f\v";

const PIECE = new RegExp(
  [
    `(?<blank>[${SQL_SPACE}]+)`,
    String.raw`(?<comment>--[^\r\n]*|/\*)`,
    String.raw`(?<escapeString>[eE]'(?:[^'\\]+|\\[^]|'')*(?:'|\\?$))`,
    String.raw`(?<plainString>(?:[uU]&|[nNbBxX])?'(?:[^']+|'')*(?:'|$))`,
    String.raw`(?<name>(?:[uU]&)?"(?:[^"]+|"")*(?:"|$)|[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*|\$\d+)`,
    String.raw`(?<dollarString>\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)`,
    String.raw`(?<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?\w*)`,
    String.raw`(?<sign>[^])`,
  ].join("|"),
  "y",
);

const KINDS = [
  ...(["blank", "comment", "plainString", "escapeString", "dollarString", "number"] as const),
];

/** The pieces of `sql`, from its start on. */
export function* lex(sql: string): Generator<LexPiece> {
  for (let start = 0; start < sql.length;) {
    PIECE.lastIndex = start;
    const found = PIECE.exec(sql);
    const groups = found?.groups ?? {};
    const kind = KINDS.find((one) => groups[one] !== undefined) ?? "other";
    const piece = wholePiece({ kind, text: found?.[0] ?? sql.slice(start), start }, sql);
    yield piece;
    start += piece.text.length;
  }
}

/** The piece that begins with `first`. */
function wholePiece(first: LexPiece, sql: string): LexPiece {
  const { kind, text, start } = first;
  const upTo = (end: number) => sql.slice(start, end);
  if (text === "/*") {
    const end = endOfComment(sql, start);
    const isOpen = end === undefined;
    return { kind: isOpen ? "openComment" : "comment", text: upTo(end ?? sql.length), start };
  }
  if (kind !== "dollarString") return first;
  const close = sql.indexOf(text, start + text.length);
  return { kind, text: upTo(close < 0 ? sql.length : close + text.length), start };
}

/** Block comments nest. */
function endOfComment(sql: string, start: number): number | undefined {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = start;
  let depth = 0;
  for (let edge = edges.exec(sql); edge; edge = edges.exec(sql)) {
    depth += edge[0] === "/*" ? 1 : -1;
    if (depth === 0) return edges.lastIndex;
  }
  return undefined;
}

/** `sql` with a blank in place of each string and comment: for looking for words. */
export function withoutStrings(sql: string): string {
  let left = "";
  for (const { kind, text } of lex(sql)) {
    const isText = /comment$|String$/i.test(kind) || text.startsWith('"');
    left += isText ? " " : text;
  }
  return left;
}
