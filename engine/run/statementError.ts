// A server's error as the reader of the migration wants it: file, line, caret, SQLSTATE, cause, remedy.
import { DatabaseError } from "pg";
import type { FailedText } from "../drivers/postgres/diagnosis/explain.ts";
import { detailWithoutValues, messageWithoutValues } from "../drivers/postgres/diagnosis/facts.ts";
import { diagnose, type Diagnosis } from "../drivers/postgres/diagnosis/table.ts";
import { LockstepError, type ErrorDetails } from "../errors/lockstepError.ts";
import { formatWhere, fromServerPosition, snippet } from "../sql/locate.ts";
import { PARSER_MAJOR } from "../sql/parserMajor.ts";

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
  /** The server's version, such as `13.23`. */
  readonly server?: string | undefined;
}

const SYNTAX_ERROR = "42601";

/** Characters of a function's inner query that are shown. */
const INNER_QUERY = 160;

/** A server's error before it is explained, for whoever can ask the catalogue about it. */
export class StatementError extends LockstepError {
  readonly failed: DatabaseError;
  /** Where in its file the statement is; undefined where the server did not say which it was. */
  readonly text: FailedText | undefined;
  readonly #details: ErrorDetails;
  readonly #applied: string;

  constructor(failed: DatabaseError, text: FailedText | undefined, told: Told) {
    super("STATEMENT_FAILED", told.message, explained(told, told.diagnosis));
    this.failed = failed;
    this.text = text;
    this.#details = told.details;
    this.#applied = told.applied;
  }

  /** The same error with a fuller diagnosis. */
  explainedBy(diagnosis: Diagnosis | undefined): LockstepError {
    const { message } = this;
    const told = { message, details: this.#details, applied: this.#applied, diagnosis };
    return new StatementError(this.failed, this.text, told);
  }
}

interface Told {
  readonly message: string;
  readonly details: ErrorDetails;
  readonly applied: string;
  readonly diagnosis: Diagnosis | undefined;
}

function explained({ details, applied }: Told, diagnosis: Diagnosis | undefined): ErrorDetails {
  const next = diagnosis?.next ?? "mend the file, then run the same command again";
  return {
    ...details,
    ...(diagnosis && { likely: diagnosis.likely }),
    // SQL to copy stands on lines of its own.
    next: `${next}${next.includes("\n") ? "\n" : "; "}${applied}`,
  };
}

/** Turns `error` into STATEMENT_FAILED; errors that the server did not say come back as they are. */
export function statementError(error: unknown, source: SentSql, applied: string): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const offset = offsetInFile(error, source) ?? source.statementAt;
  const detail = detailWithoutValues(error);
  const seen = [
    ...(offset === undefined ? [] : [snippet(source.sql, offset)]),
    ...(detail ? [detail] : []),
    ...(error.hint ? [`hint: ${error.hint}`] : []),
    ...(error.internalQuery ? [`query: ${oneLine(error.internalQuery)}`] : []),
    ...(error.where ? [`in ${error.where.split("\n")[0] ?? ""}`] : []),
    // The parser took the file, so it may be right for a newer server.
    ...(error.code === SYNTAX_ERROR && source.server !== undefined
      ? [`the server is PostgreSQL ${source.server}; the file is good SQL for ${PARSER_MAJOR}`]
      : []),
  ];
  const details = {
    where: offset === undefined ? source.path : formatWhere(source.path, source.sql, offset),
    seen: seen.join("\n"),
    ...(error.code ? { sqlstate: error.code } : {}),
    cause: error,
  };
  const message = `${messageWithoutValues(error)} (SQLSTATE ${error.code ?? "?"})`;
  const text = offset === undefined ? undefined : { sql: source.sql, at: offset };
  return new StatementError(error, text, { message, details, applied, diagnosis: diagnose(error) });
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
