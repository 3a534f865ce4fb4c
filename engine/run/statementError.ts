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
  /** What was sent before the file's text within the same query, in UTF-16 units. */
  readonly prefixLength: number;
  /** Offset in the file at which what was sent begins; 0 for the whole file. */
  readonly offset: number;
  /** The query as sent. */
  readonly sent: string;
}

/** Turns `error` into STATEMENT_FAILED; errors that the server did not say come back as they are. */
export function statementError(error: unknown, source: SentSql, applied: string): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const offset = offsetInFile(error, source);
  const diagnosis = diagnoseSqlState(error.code);
  const seen = [
    ...(offset === undefined ? [] : [snippet(source.sql, offset)]),
    ...(error.detail ? [error.detail] : []),
    ...(error.hint ? [`hint: ${error.hint}`] : []),
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
  const offset = fromServerPosition(source.sent, position) - source.prefixLength + source.offset;
  return offset >= 0 && offset <= source.sql.length ? offset : undefined;
}
