// The base of every error that lockstep means a user to read.

/** Stable ids of failures: branch on these, never on message text. */
export type ErrorCode =
  | "CONFIG"
  | "USAGE"
  | "MIGRATION_FILES"
  | "SQL_SYNTAX"
  | "CONNECTION"
  | "CLUSTER"
  | "PRIVILEGE"
  | "STATEMENT_FAILED"
  | "LOCK_TIMEOUT"
  | "LEASE_NOT_OBTAINED"
  | "LEASE_LOST"
  | "CHECKSUM_MISMATCH"
  | "HISTORY_BROKEN"
  | "DRIFT"
  | "NOT_REHEARSED"
  | "PLAN_CHANGED"
  | "RISK_REFUSED"
  | "MIGRATION_ORDER"
  | "UNSAFE_MIGRATION"
  | "NOT_APPROVED"
  | "NOT_PROMOTED"
  | "NOT_READY_FOR_CONTRACT"
  | "ROLLED_BACK_BEFORE"
  | "RELEASE_ACTIVE"
  | "NEEDS_BASELINE"
  | "DATABASE_IN_USE"
  | "UNKNOWN_OUTCOME"
  | "VERIFICATION_FAILED"
  | "GATE_FAILED"
  | "GATE_HELD"
  | "DRAIN_TIMEOUT"
  | "BACKUP_FAILED"
  | "PROCESS_FAILED"
  | "ROLLBACK_FAILED"
  | "INTERRUPTED"
  | "STEP_FAILED";

/** Process exit codes of every lockstep command and of each step. */
export const EXIT_CODES = {
  done: 0,
  failed: 1,
  /** Bad input or usage: nothing was touched. */
  badInput: 2,
  /** Refused: unsafe, not approved, tampered with, or rolled back before. */
  refused: 3,
  /** The lease was not obtained in time. */
  leaseNotObtained: 4,
  /** Ended by SIGINT or SIGTERM. */
  interrupted: 130,
} as const;

const BAD_INPUT: ReadonlySet<ErrorCode> = new Set([
  "CONFIG",
  "USAGE",
  "MIGRATION_FILES",
  "SQL_SYNTAX",
]);
const REFUSED: ReadonlySet<ErrorCode> = new Set([
  "CHECKSUM_MISMATCH",
  "HISTORY_BROKEN",
  "DRIFT",
  "NOT_REHEARSED",
  "PLAN_CHANGED",
  "RISK_REFUSED",
  "MIGRATION_ORDER",
  "UNSAFE_MIGRATION",
  "NOT_APPROVED",
  "NOT_PROMOTED",
  "NOT_READY_FOR_CONTRACT",
  "ROLLED_BACK_BEFORE",
  "RELEASE_ACTIVE",
  "NEEDS_BASELINE",
  "DATABASE_IN_USE",
  "UNKNOWN_OUTCOME",
]);

/** What an error tells beside its message; each part is one or more plain lines. */
export interface ErrorDetails {
  /** Where it happened: `file:line:column`, a config key, `host:port/database`. */
  readonly where?: string;
  /** What was seen: a value, a snippet with a caret, a list. Never a secret. */
  readonly seen?: string;
  /** The likely cause, in one sentence. */
  readonly likely?: string;
  /** What to do or type next. */
  readonly next?: string;
  /** PostgreSQL's SQLSTATE, where a server said it. */
  readonly sqlstate?: string;
  /** The error underneath, for logs. */
  readonly cause?: unknown;
}

/**
 * An error with all that its reader needs: what failed (message), where, what was seen, the likely
 * cause and what to do next. `formatError` prints it; nothing else does.
 */
export class LockstepError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly seen: string | undefined;
  readonly likely: string | undefined;
  readonly next: string | undefined;
  readonly sqlstate: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "LockstepError";
    this.code = code;
    this.where = details.where;
    this.seen = details.seen;
    this.likely = details.likely;
    this.next = details.next;
    this.sqlstate = details.sqlstate;
  }
}

/** Whether `error` is meant for the user (it may come from another copy of this module). */
export function isLockstepError(error: unknown): error is LockstepError {
  return error instanceof Error && error.name === "LockstepError" && "code" in error;
}

/** The exit code a command ends with after `error`. */
export function exitCodeOf(error: unknown): number {
  if (!isLockstepError(error)) return EXIT_CODES.failed;
  if (BAD_INPUT.has(error.code)) return EXIT_CODES.badInput;
  if (REFUSED.has(error.code)) return EXIT_CODES.refused;
  if (error.code === "LEASE_NOT_OBTAINED") return EXIT_CODES.leaseNotObtained;
  if (error.code === "INTERRUPTED") return EXIT_CODES.interrupted;
  return EXIT_CODES.failed;
}
