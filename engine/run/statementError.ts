// A server's error as the reader of the migration wants it: file, line, caret, SQLSTATE, cause, remedy.
import { DatabaseError } from "pg";
import { diagnoseSqlState } from "../drivers/postgres/diagnose.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { formatWhere, fromServerPosition, snippet } from "../sql/locate.ts";

/** A text that was sent, and where its SQL comes from. */
export interface SentSql {
  readonly path: string;
  /** The file's whole text. */
  readonly sql: string;
  /** The query as sent. */
  readonly sent: string;
  /** The offset in the file of an offset in `sent`; both UTF-16 units. */
  readonly toFile: (offset: number) => number;
  /** Offset in the file of the statement that failed: most run-time errors come without a position. */
  readonly statementAt?: number | undefined;
}

/** Characters of a function's inner query that are shown. */
const INNER_QUERY = 160;

/** Turns `error` into STATEMENT_FAILED; errors that the server did not say come back as they are. */
export function statementError(error: unknown, source: SentSql, applied: string): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const offset = offsetInFile(error, source) ?? source.statementAt;
  const diagnosis = diagnoseSqlState(error.code);
  const seen = [
    ...(offset === undefined ? [] : [snippet(source.sql, offset)]),
    ...(error.detail ? [error.detail] : []),
    ...(error.hint ? [`hint: ${error.hint}`] : []),
    ...(error.internalQuery ? [`query: ${oneLine(error.internalQuery)}`] : []),
    ...(error.where ? [`in ${error.where.split("\n")[0] ?? ""}`] : []),
  ];
  return new LockstepError("STATEMENT_FAILED", `${error.message} (SQLSTATE ${error.code ?? "?"})`, {
    where: offset === undefined ? source.path : formatWhere(source.path, source.sql, offset),
    seen: seen.join("\n"),
    ...(diagnosis ? { likely: diagnosis.likely } : {}),
    next: `${diagnosis ? diagnosis.next : "mend the file, then run the same command again"}; ${applied}`,
    ...(error.code ? { sqlstate: error.code } : {}),
    cause: error,
  });
}

function offsetInFile(error: DatabaseError, source: SentSql): number | undefined {
  const position = Number(error.position);
  if (!error.position || !Number.isInteger(position)) return undefined;
  const offset = source.toFile(fromServerPosition(source.sent, position));
  return offset >= 0 && offset <= source.sql.length ? offset : undefined;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > INNER_QUERY ? `${line.slice(0, INNER_QUERY)}…` : line;
}
