// SQL text to statements, by PostgreSQL's own grammar (libpg-query, WASM, loaded on first use).
import { setFlagsFromString } from "node:v8";
import type { Node } from "@pgsql/types";
import { SQL_SPACE } from "./lexer.ts";
import { ensureScannable } from "./operatorRuns.ts";
import { isBlankSql, plainWords } from "./plainWords.ts";
import {
  ensureNoStream,
  isStackOverflow,
  nulError,
  syntaxError,
  wornOutError,
} from "./syntaxError.ts";

/** A statement as the parser found it. */
export interface ParsedStatement {
  /** The parse tree's tag: `AlterTableStmt`, `IndexStmt`, ... */
  readonly kind: string;
  readonly node: Node;
  /** The text as written, without the semicolon and what surrounds it. */
  readonly sql: string;
  /** Offset (UTF-16 units) of the first token in the whole text. */
  readonly offset: number;
}

/** A comment of a text. */
export interface Comment {
  /** The comment as written, with its marks. */
  readonly text: string;
  /** Offset (UTF-16 units) in the whole text. */
  readonly offset: number;
}

/** The loaded parser: everything below it is synchronous. */
export interface SqlParser {
  /**
   * The statements of `text`; none for a text of comments only. `path` is for messages.
   * @throws LockstepError `SQL_SYNTAX` with line, column and a caret.
   */
  parse(text: string, path: string): readonly ParsedStatement[];
  /** The comments of `text`, which must parse. */
  comments(text: string): readonly Comment[];
  /** The tokens of `text`, which must parse, as written; without comments, white space and closing semicolons. */
  words(text: string): readonly string[];
}

let loading: Promise<SqlParser> | undefined;

/** The parser; the WASM module (about 15 ms) is loaded once, on the first call. */
export function loadParser(): Promise<SqlParser> {
  loading ??= load();
  return loading;
}

/** Loads the parser and parses one text; see `SqlParser.parse`. */
export async function parseSql(text: string, path: string): Promise<readonly ParsedStatement[]> {
  return (await loadParser()).parse(text, path);
}

type Library = typeof import("libpg-query");

/**
 * V8 compiles a WASM module quickly and then once more, optimized, what runs often. For this parser that second time took
 * 0.2 s of processor time, and 5,000 files later was not earned back (Node 20); besides, how deeply a statement may nest depended on
 * when it was done. Other versions of Node are left as they are: V8 promises nothing about its flags.
 */
function compileOnce(): void {
  if (process.versions.node.startsWith("20.")) setFlagsFromString("--liftoff-only");
}

async function load(): Promise<SqlParser> {
  compileOnce();
  const library = await import("libpg-query");
  await library.loadModule();
  return {
    parse: (text, path) => parseWith(library, text, path),
    comments: (text) => commentsOf(library, text),
    words: (text) => wordsOf(library, text),
  };
}

/**
 * Each overflow of the parser's stack leaves a part of it taken. Measured: after 37 of them its memory was
 * overwritten, and it could have read a text wrongly.
 */
const MOST_OVERFLOWS = 8;
let overflows = 0;

function parseWith(library: Library, text: string, path: string): readonly ParsedStatement[] {
  // Most down files that cannot be written are a comment.
  if (isBlankSql(text)) return [];
  // The parser would read the text only up to there.
  if (text.includes("\0")) throw nulError(text, path);
  ensureScannable(text, path);
  if (overflows >= MOST_OVERFLOWS) throw wornOutError(path);
  let raw: readonly RawStatement[];
  try {
    raw = library.parseSync(text).stmts ?? [];
  } catch (error) {
    if (isStackOverflow(error)) overflows += 1;
    throw syntaxError({ text, path, error, parsePrefix: (prefix) => prefixNodes(library, prefix) });
  }
  const statements = toStatements(text, raw);
  for (const statement of statements) ensureNoStream(statement, text, path);
  return statements;
}

interface RawStatement {
  readonly stmt?: Node;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

function toStatements(text: string, raw: readonly RawStatement[]): ParsedStatement[] {
  const toOffset = byteOffsets(text);
  return raw.flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
    if (!stmt) return [];
    const from = toOffset(start);
    const to = length ? toOffset(start + length) : text.length;
    const { sql, offset } = trimmed(text, from, to);
    return [{ kind: Object.keys(stmt)[0] ?? "", node: stmt, sql, offset }];
  });
}

/** `text` from `from` to `to` without what is white space to PostgreSQL; to JavaScript more is, which may end a name. */
function trimmed(text: string, from: number, to: number) {
  let [start, end] = [from, to];
  while (start < end && SQL_SPACE.includes(text.charAt(start))) start += 1;
  while (end > start && SQL_SPACE.includes(text.charAt(end - 1))) end -= 1;
  return { sql: text.slice(start, end), offset: start };
}

/**
 * Converts the parser's offsets (bytes of UTF-8, ascending) to UTF-16 units in one walk over the
 * text.
 */
export function byteOffsets(text: string): (byteOffset: number) => number {
  const bytes = Buffer.from(text);
  if (bytes.length === text.length) return (byteOffset) => byteOffset;
  let byteAt = 0;
  let unitAt = 0;
  return (byteOffset) => {
    if (byteOffset < byteAt) [byteAt, unitAt] = [0, 0];
    unitAt += bytes.toString("utf8", byteAt, byteOffset).length;
    byteAt = byteOffset;
    return unitAt;
  };
}

function commentsOf(library: Library, text: string): Comment[] {
  const toOffset = byteOffsets(text);
  return library
    .scanSync(text)
    .tokens.filter(({ tokenName }) => tokenName === "SQL_COMMENT" || tokenName === "C_COMMENT")
    .map((token) => ({ text: token.text, offset: toOffset(token.start) }));
}

function wordsOf(library: Library, text: string): readonly string[] {
  const words = plainWords(text) ?? scannedWords(library, text);
  return words.slice(0, words.findLastIndex((word) => word !== ";") + 1);
}

function scannedWords(library: Library, text: string): string[] {
  return library
    .scanSync(text)
    .tokens.filter(({ tokenName }) => !/COMMENT$/.test(tokenName))
    .map((token) => token.text);
}

/** The statements in the text before a fault; none where that does not parse either. */
function prefixNodes(library: Library, prefix: string): readonly Node[] {
  try {
    return (library.parseSync(prefix).stmts ?? []).flatMap(({ stmt }) => stmt ?? []);
  } catch {
    return [];
  }
}
