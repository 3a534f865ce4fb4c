// What a failed connection means, and whether a connection is gone.
import pg, { DatabaseError } from "pg";
import { isLockstepError, LockstepError } from "../../errors/lockstepError.ts";
import { CONNECTION_ENTRIES, OTHER_CONNECTION_ENTRIES } from "./diagnosis/connection.ts";
import { fill, isMeant, type ConnectionEntry, type Facts } from "./diagnosis/entry.ts";
import type { DatabaseTarget } from "./target.ts";

/** Turns a failed connection into the error a user reads. */
export function connectionError(error: unknown, target: DatabaseTarget): LockstepError {
  // A target's own way to the server has said already what is wrong with it.
  if (isLockstepError(error)) return error;
  const entry = findConnectionEntry(error);
  const facts = targetFacts(target);
  return new LockstepError("CONNECTION", fill(entry.message, facts), {
    where: target.display,
    ...(error instanceof Error ? { seen: error.message || codeOf(error) || error.name } : {}),
    likely: fill(entry.likely, facts),
    next: fill(entry.next, facts),
    ...(error instanceof DatabaseError && error.code ? { sqlstate: error.code } : {}),
    cause: error,
  });
}

/** Whether waiting may help: the server is away, starting or full, not wrong. */
export function isRetryableConnectionError(error: unknown): boolean {
  if (isLockstepError(error)) return error.code === "CONNECTION";
  return findConnectionEntry(error).passes;
}

function targetFacts({ host, port, user, database }: DatabaseTarget): Facts {
  return {
    ...{ host, port: String(port), user, database },
    userName: pg.escapeIdentifier(user),
    databaseName: pg.escapeIdentifier(database),
  };
}

function findConnectionEntry(error: unknown): ConnectionEntry {
  const code = codeOf(error) ?? "";
  const fields = {
    message: error instanceof Error ? error.message : String(error),
    ...(error instanceof DatabaseError
      ? { routine: error.routine, detail: error.detail, hint: error.hint }
      : {}),
  };
  const byCode = CONNECTION_ENTRIES.find(
    (entry) => entry.codes.includes(code) && isMeant(entry, fields, {}),
  );
  if (byCode) return byCode;
  if (error instanceof DatabaseError) {
    return isServersState(code) ? OTHER_CONNECTION_ENTRIES.lost : OTHER_CONNECTION_ENTRIES.refused;
  }
  // What pg itself says has no code.
  const byWords = CONNECTION_ENTRIES.find(
    (entry) => entry.codes.length === 0 && isMeant(entry, fields, {}),
  );
  if (byWords) return byWords;
  // Neither a server's nor a socket's word: a file that the URL names, a library's check.
  const isOwn = error instanceof Error && !isConnectionLost(error);
  return isOwn ? OTHER_CONNECTION_ENTRIES.setUp : OTHER_CONNECTION_ENTRIES.lost;
}

/** Classes of SQLSTATE that tell of a server's present state, which may pass: 08, 53, 57, 58. */
function isServersState(sqlstate: string | undefined): boolean {
  return /^(08|53|57|58)/.test(sqlstate ?? "");
}

/** Node's or PostgreSQL's error code, also from within an AggregateError. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Ended by an administrator, a crash, a dropped database, a limit on idle or on whole transactions. */
const CUT_BY_SERVER: ReadonlySet<string> = new Set([
  ...["57P01", "57P02", "57P04", "57P05", "25P03", "25P04"],
]);

/** Whether the connection is gone: what was sent last may or may not have happened. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) {
    if (/^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ERR_STREAM|ERR_SOCKET)/.test(code)) return true;
    return CUT_BY_SERVER.has(code) || code.startsWith("08");
  }
  return (
    error instanceof Error &&
    /Connection terminated|not queryable|Connection ended|connection is closed/i.test(error.message)
  );
}
