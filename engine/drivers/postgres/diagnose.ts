// What an error of the server or of the connection means, and what to do about it.
import pg, { DatabaseError } from "pg";
import { isLockstepError, LockstepError, type ErrorCode } from "../../errors/lockstepError.ts";
import type { DatabaseTarget } from "./target.ts";

/** A reading of one error code. */
export interface Diagnosis {
  readonly likely: string;
  readonly next: string;
}

/** SQLSTATEs of PostgreSQL's appendix A that people meet while migrating. */
const SQLSTATES: Readonly<Record<string, Diagnosis>> = {
  "42501": {
    likely: "the role may not do this",
    next: "let the object's owner run it, or have the owner: GRANT <owner> TO <this role>",
  },
  "42P01": {
    likely: "a table or view that the statement names does not exist in the search_path",
    next: "check the name and its schema, and that the file that creates it comes before",
  },
  "42703": {
    likely: "a column that the statement names does not exist",
    next: "check the name, and that the file that adds it comes before",
  },
  "42P07": {
    likely: "the object is there already: it was made by hand or by another tool",
    next: "compare it with what the file makes; then drop it, or record the file with `lockstep baseline`",
  },
  "42701": {
    likely: "the column is there already: it was added by hand or by another tool",
    next: "compare it with what the file adds; then use ADD COLUMN IF NOT EXISTS or drop it",
  },
  "2BP01": {
    likely: "other objects depend on what is dropped",
    next: "drop the listed objects first, in a file of their own; CASCADE would hide what is lost",
  },
  "23502": {
    likely: "existing rows hold NULL where the change forbids it",
    next: "fill those rows in an expand file first",
  },
  "23505": {
    likely: "existing rows hold duplicates",
    next: "find them with GROUP BY ... HAVING count(*) > 1 and settle them first",
  },
  "23503": {
    likely: "existing rows point to rows that are not there",
    next: "settle those rows first, or add the key NOT VALID and validate it later",
  },
  "23514": {
    likely: "existing rows do not satisfy the check",
    next: "settle those rows first, or add the check NOT VALID and validate it later",
  },
  "25006": {
    likely: "this server is a read-only standby, or the session is read-only",
    next: "point DATABASE_URL at the primary",
  },
  "40P01": { likely: "two sessions waited for each other", next: "run the same command again" },
  "40001": { likely: "a concurrent change got in between", next: "run the same command again" },
  "53100": {
    likely: "the server's disk is full",
    next: "free space on the server, then run the same command again",
  },
  "53200": {
    likely: "the server is out of memory",
    next: "lower work_mem or max_locks_per_transaction's users, then run the same command again",
  },
  "53300": {
    likely: "all of the server's connections are taken",
    next: "close idle sessions or raise max_connections, then run the same command again",
  },
  "55P03": {
    likely: "another session holds the table",
    next: "wait for it or end it, then run the same command again",
  },
  "57014": {
    likely: "the statement was cancelled or ran into a time limit",
    next: "run the same command again",
  },
  "57P01": {
    likely: "an administrator ended the session or the server shut down",
    next: "run the same command again once the server is up",
  },
  "25001": {
    likely: "the statement cannot run inside a transaction block",
    next: "put it into a file of its own",
  },
  "42601": { likely: "the SQL is not what PostgreSQL's grammar allows", next: "mend the file" },
  "0A000": {
    likely: "this server version cannot do that",
    next: "check the server's version against the documentation of the statement",
  },
};

/** The reading of `sqlstate`, where there is one. */
export function diagnoseSqlState(sqlstate: string | undefined): Diagnosis | undefined {
  return sqlstate === undefined ? undefined : SQLSTATES[sqlstate];
}

/** What a failed connection means; `retryable` where waiting may help. */
interface ConnectionDiagnosis extends Diagnosis {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

const unreachable = (message: string, likely: string): ConnectionDiagnosis => ({
  code: "CONNECTION",
  message,
  likely,
  next: "check that the server runs and that host and port are right",
  retryable: true,
});

const refusedBy = (message: string, likely: string, next: string): ConnectionDiagnosis => ({
  code: "CONNECTION",
  message,
  likely,
  next,
  retryable: false,
});

const BY_CODE: Readonly<Record<string, (target: DatabaseTarget) => ConnectionDiagnosis>> = {
  ECONNREFUSED: () =>
    unreachable("The database refuses connections", "no server listens there yet"),
  ENOTFOUND: (t) => unreachable("The database's host is unknown", `no address for ${t.host}`),
  EAI_AGAIN: (t) =>
    unreachable("The database's host is unknown", `DNS has no answer for ${t.host}`),
  EHOSTUNREACH: () => unreachable("The database cannot be reached", "no route to the host"),
  ENETUNREACH: () => unreachable("The database cannot be reached", "no route to the network"),
  ETIMEDOUT: () => unreachable("The database does not answer", "a firewall drops the packets"),
  ECONNRESET: () =>
    unreachable("The database cut the connection", "it restarts, or a proxy is in between"),
  "57P03": () => unreachable("The database is starting up", "it recovers or restarts"),
  "53300": () => unreachable("The database takes no more connections", "all are in use"),
  "28P01": (t) =>
    refusedBy(
      "The password is wrong",
      `user ${t.user} exists or not: the server does not say`,
      "set the right password in DATABASE_URL or DB_PASSWORD",
    ),
  "28000": (t) =>
    refusedBy(
      "The server does not let this user in",
      `pg_hba.conf has no line for ${t.user} from here, or wants TLS`,
      "ask for a pg_hba.conf line, or add ?sslmode=require",
    ),
  "3D000": (t) =>
    refusedBy(
      `Database ${t.database} does not exist`,
      "the name is wrong, or it was not created yet",
      `createdb -h ${t.host} -p ${String(t.port)} -U ${t.user} ${t.database}`,
    ),
  "42501": (t) =>
    refusedBy(
      "The server does not let this user into the database",
      `${t.user} lacks CONNECT on ${t.database}`,
      `as the database's owner: GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(t.database)} TO ${pg.escapeIdentifier(t.user)};`,
    ),
};

/** Turns a failed connection into the error a user reads. */
export function connectionError(error: unknown, target: DatabaseTarget): LockstepError {
  // A target's own way to the server has said already what is wrong with it.
  if (isLockstepError(error)) return error;
  const diagnosis = diagnoseConnection(error, target);
  return new LockstepError(diagnosis.code, diagnosis.message, {
    where: target.display,
    ...(error instanceof Error ? { seen: error.message || codeOf(error) || error.name } : {}),
    likely: diagnosis.likely,
    next: diagnosis.next,
    ...(error instanceof DatabaseError && error.code ? { sqlstate: error.code } : {}),
    cause: error,
  });
}

/** Whether waiting may help: the server is away, starting or full, not wrong. */
export function isRetryableConnectionError(error: unknown, target: DatabaseTarget): boolean {
  if (isLockstepError(error)) return error.code === "CONNECTION";
  return diagnoseConnection(error, target).retryable;
}

function diagnoseConnection(error: unknown, target: DatabaseTarget): ConnectionDiagnosis {
  const known = BY_CODE[codeOf(error) ?? ""];
  if (known) return known(target);
  const text = error instanceof Error ? error.message : String(error);
  if (/does not support SSL/.test(text)) {
    return refusedBy(
      "The server has no TLS",
      "it was built or configured without",
      "turn ssl on in postgresql.conf, or sslmode=disable where that is allowed",
    );
  }
  if (/certificate|self.signed/i.test(text)) {
    return refusedBy(
      "The server's certificate is not trusted",
      text,
      "give its authority with sslrootcert=, or sslmode=require to encrypt without checking",
    );
  }
  if (/SASL|password/i.test(text)) {
    return refusedBy(
      "The server wants a password",
      "the URL has none",
      "set the password in DATABASE_URL or DB_PASSWORD",
    );
  }
  if (codeOf(error) === "ENOENT" && text.startsWith("connect ")) {
    return unreachable("The database's socket is not there", "no server listens there yet");
  }
  if (/timeout expired/i.test(text)) {
    return unreachable(
      "The database does not answer",
      "it is overloaded, or a firewall is between",
    );
  }
  if (error instanceof DatabaseError && !isServersState(error.code)) {
    return refusedBy(
      "The server refuses the connection",
      "its own words say why",
      "mend what it names, then run the same command again",
    );
  }
  // Neither a server's nor a socket's word: a file that the URL names, a library's check.
  if (error instanceof Error && !isConnectionLost(error)) {
    return refusedBy(
      "The connection cannot be set up",
      "a file or an option that the URL names is not there or not fit",
      "check the URL's options",
    );
  }
  return unreachable("The database cannot be reached", "the connection ended before it was made");
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
