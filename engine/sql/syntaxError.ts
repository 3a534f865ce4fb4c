// The errors of SQL that PostgreSQL's parser, or a migration runner, cannot take.
import type { Node } from "@pgsql/types";
import { LockstepError } from "../errors/lockstepError.ts";
import { formatWhere, fromServerPosition, snippet } from "./locate.ts";

/** What is needed to explain a parser's failure. */
export interface SyntaxFault {
  readonly text: string;
  readonly path: string;
  /** What the parser threw. */
  readonly error: unknown;
  /** The statements of a prefix of the text, none where it doesn't parse. */
  readonly parsePrefix: (prefix: string) => readonly Node[];
}

/** The `SQL_SYNTAX` error for a text that the parser refused, with place, caret and a remedy. */
export function syntaxError(fault: SyntaxFault): LockstepError {
  const { text, path, error } = fault;
  const message = error instanceof Error ? error.message : String(error);
  const offset = fromServerPosition(text, cursorOf(error) + 1);
  const hint = explain(fault, offset);
  return new LockstepError("SQL_SYNTAX", hint?.message ?? brief(message), {
    where: formatWhere(path, text, offset),
    seen: snippet(text, offset),
    ...(hint ? { likely: hint.likely, next: hint.next } : {}),
    cause: error,
  });
}

/** Characters of the parser's message that are kept: where a quote is open it repeats the rest of the file. */
const BRIEF = 200;

function brief(message: string): string {
  const [line = ""] = message.split("\n");
  const kept = [...line.slice(0, 2 * BRIEF)].slice(0, BRIEF).join("");
  return kept.length < message.length ? `${kept}\u2026` : message;
}

/** The `SQL_SYNTAX` error for a text that is not even tried, since the parser broke off too often before. */
export function wornOutError(path: string): LockstepError {
  return new LockstepError("SQL_SYNTAX", "The parser cannot be relied on any more", {
    where: path,
    likely: "too many statements before this one were nested too deeply for it",
    next: "mend those that were named, then run the same command again",
  });
}

/** The `SQL_SYNTAX` error for a text that holds a NUL, which no server takes. */
export function nulError(text: string, path: string): LockstepError {
  const offset = text.indexOf("\0");
  return new LockstepError("SQL_SYNTAX", "The text holds a NUL character", {
    where: formatWhere(path, text, offset),
    seen: snippet(text, offset),
    likely: "a placeholder's value brought it in",
    next: "take it out: PostgreSQL's text cannot hold it",
  });
}

/** The parser counts characters (code points) from 0; without a position it is the start. */
function cursorOf(error: unknown): number {
  if (!(error instanceof Error) || !("sqlDetails" in error)) return 0;
  const details = error.sqlDetails as { cursorPosition?: number } | undefined;
  return details?.cursorPosition ?? 0;
}

interface Hint {
  readonly message: string;
  readonly likely: string;
  readonly next: string;
}

function explain(fault: SyntaxFault, offset: number): Hint | undefined {
  // The parser's own stack ran over: what it threw is not its word on the text.
  if (isStackOverflow(fault.error)) return TOO_DEEP;
  // Rows of a COPY may begin as psql's commands do.
  if (followsStream(fault, offset)) return COPY_STREAM;
  const rest = fault.text.slice(offset, offset + LONGEST_COMMAND);
  const command = /^\\([a-z_?!]+)?/i.exec(rest);
  if (command) return metaCommand(command[0]);
  return /^:['"]?[a-z_]/i.test(rest) ? PSQL_VARIABLE : undefined;
}

/** Longer than any command of psql, characters. */
const LONGEST_COMMAND = 40;
/** So many places that look like a COPY from the client are tried. */
const MOST_COPIES = 20;

/**
 * Whether a COPY from the client comes before `offset`: what follows it is rows, no SQL. They may hold semicolons and quotes, so each
 * place that could be the end of such a COPY is tried.
 */
function followsStream({ text, parsePrefix }: SyntaxFault, offset: number): boolean {
  const before = text.slice(0, offset);
  const copies = [...before.matchAll(/\bfrom\s+stdin\b[^;]*;/gi)];
  return copies.slice(0, MOST_COPIES).some((copy) => {
    const last = parsePrefix(text.slice(0, copy.index + copy[0].length)).at(-1);
    return last !== undefined && isStream(last);
  });
}

/** Whether the parser itself broke off, instead of refusing the text: its stack has a limit. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof Error && ["RangeError", "RuntimeError"].includes(error.name);
}

/** The `SQL_SYNTAX` error for a statement, at `offset` (UTF-16 units), that parses but is nested too deeply to be looked through. */
export function tooDeepError(text: string, path: string, offset: number): LockstepError {
  const { message, likely, next } = TOO_DEEP;
  const where = formatWhere(path, text, offset);
  return new LockstepError("SQL_SYNTAX", message, {
    where,
    seen: snippet(text, offset),
    likely,
    next,
  });
}

const TOO_DEEP: Hint = {
  message: "A statement is nested too deeply to be read",
  likely: "thousands of operators or conditions in one expression, as a program writes them",
  next: "write it as a list: = ANY (ARRAY[…]), IN (…), or a VALUES list that is joined",
};

const PSQL_VARIABLE: Hint = {
  message: "this is a variable of psql, not SQL",
  likely: "the file was written for psql -v NAME=value",
  next: "write the value itself into the file",
};

const COPY_STREAM: Hint = {
  message: "COPY FROM STDIN / TO STDOUT needs a client that streams the rows, a migration has none",
  likely: "the file comes from pg_dump or was written for psql",
  next: "write the rows as INSERT statements (pg_dump --inserts does so)",
};

const META_REMEDIES: Readonly<Record<string, string>> = {
  i: "put that file's SQL here, or make it a migration of its own",
  ir: "put that file's SQL here, or make it a migration of its own",
  include: "put that file's SQL here, or make it a migration of its own",
  include_relative: "put that file's SQL here, or make it a migration of its own",
  copy: "write the rows as INSERT statements",
  c: "remove it: the database is the one that the runner is connected to",
  connect: "remove it: the database is the one that the runner is connected to",
  set: "write the value itself where the variable is used",
  gexec: "write the statements out, or run them in a DO block",
  if: "remove it: a migration must do the same everywhere",
  restrict: "remove it and \\unrestrict: pg_dump writes them for psql only",
  unrestrict: "remove it and \\restrict: pg_dump writes them for psql only",
};

function metaCommand(command: string): Hint {
  return {
    message: `${command} is a command of psql, not SQL`,
    likely: "the file was written for psql; the server never sees such lines",
    next: META_REMEDIES[command.slice(1).toLowerCase()] ?? "remove it, or write it as SQL",
  };
}

function isStream(node: Node): boolean {
  return "CopyStmt" in node && !node.CopyStmt.filename && !node.CopyStmt.is_program;
}

/**
 * Refuses COPY from or to the client: it parses, but no client streams rows to a migration.
 * @throws LockstepError `SQL_SYNTAX`.
 */
export function ensureNoStream(
  statement: { readonly node: Node; readonly offset: number },
  text: string,
  path: string,
): void {
  if (!isStream(statement.node)) return;
  throw new LockstepError("SQL_SYNTAX", COPY_STREAM.message, {
    where: formatWhere(path, text, statement.offset),
    seen: snippet(text, statement.offset),
    likely: COPY_STREAM.likely,
    next: COPY_STREAM.next,
  });
}
