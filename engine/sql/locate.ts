// From an offset in a file to the line and column that people look for, with a caret under it.
import { clipEnd, clipStart, toCells, widthOf } from "./cells.ts";

/** A place in a text, both counted from 1; the column counts characters. */
export interface Location {
  readonly line: number;
  readonly column: number;
}

/** Columns of the terminal that a snippet's line may take. */
const SNIPPET_WIDTH = 88;

/** Line and column of `offset` (UTF-16 units) in `text`; offsets behind the end are the end's. */
export function locate(text: string, offset: number): Location {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let at = before.indexOf("\n"); at >= 0; at = before.indexOf("\n", at + 1)) line++;
  return { line, column: [...before.slice(lineStart)].length + 1 };
}

/** `path:line:column` of `offset` in `text`. */
export function formatWhere(path: string, text: string, offset: number): string {
  const { line, column } = locate(text, offset);
  return `${path}:${line}:${column}`;
}

/**
 * The line at `offset` with its number, and a caret under the place. Tabs become two spaces, wide
 * characters are counted as two columns, long lines are cut around the caret.
 */
export function snippet(text: string, offset: number): string {
  const end = Math.min(offset, text.length);
  const lineStart = text.lastIndexOf("\n", end - 1) + 1;
  const newline = text.indexOf("\n", end);
  const lineEnd = newline < 0 ? text.length : newline;
  const before = toCells(text.slice(lineStart, end));
  const after = toCells(text.slice(end, lineEnd).replace(/\r$/, ""));
  const left = clipStart(before, SNIPPET_WIDTH - Math.min(widthOf(after), SNIPPET_WIDTH / 3));
  const right = clipEnd(after, SNIPPET_WIDTH - widthOf(left));
  const label = `${locate(text, end).line} | `;
  const pad = `${" ".repeat(label.length - 2)}| ${" ".repeat(widthOf(left))}`;
  return `${label}${left.join("")}${right.join("")}\n${pad}^`;
}

/**
 * The offset (UTF-16 units) in `sql` of a position as PostgreSQL's server reports it: characters
 * (code points), counted from 1.
 */
export function fromServerPosition(sql: string, position: number): number {
  let offset = 0;
  for (let left = position - 1; left > 0 && offset < sql.length; left--) {
    offset += (sql.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}
