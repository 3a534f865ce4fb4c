// Transactions and sessions: locks, deadlocks, time limits, ends from outside, and what a file may not do in one.
import type { Entry } from "./entry.ts";

const AGAIN = "run the same command again";

/** SQLSTATE classes 25, 2D, 40, 55, 57 and P0. */
export const SESSIONS: readonly Entry[] = [
  {
    id: "deadlock",
    codes: ["40P01"],
    ask: "sessions",
    likely: [
      "two sessions waited for each other; the other one: {others}",
      "two sessions waited for each other",
    ],
    next: AGAIN,
  },
  {
    id: "serialization",
    codes: ["40001"],
    likely: "a concurrent change got in between",
    next: AGAIN,
  },
  {
    id: "lock-timeout",
    codes: ["55P03"],
    likely: ["another session holds {table}", "another session holds the table"],
    next: `wait for it or end it, then ${AGAIN}`,
  },
  {
    id: "pending-triggers",
    codes: ["55006"],
    when: { routine: /^CheckTableNotInUse/ },
    ask: "statement",
    likely: [
      "the file changed rows of {table} before, and their deferred checks or open cursors are still pending",
      "the file changed the table's rows before, and their deferred checks or open cursors are still pending",
    ],
    next: "put SET CONSTRAINTS ALL IMMEDIATE; before the statement, or split the file in two",
  },
  {
    id: "in-use",
    codes: ["55006"],
    likely: "a session uses the object",
    next: `end that session (pg_stat_activity, pg_terminate_backend), then ${AGAIN}`,
  },
  {
    id: "new-enum-value",
    codes: ["55P04"],
    likely:
      "a value that ALTER TYPE ... ADD VALUE added can be used once its transaction has committed",
    next: "put what uses the value into the next file",
  },
  {
    id: "restart-setting",
    codes: ["55P02"],
    likely:
      "the setting is fixed until the server's restart, or is set elsewhere than in a session",
    next: "as a superuser ALTER SYSTEM SET ..., then restart the server; it does not belong into a migration",
  },
  {
    id: "wrong-state",
    codes: ["55000"],
    likely: "an object or setting is not in the state that the statement needs",
    next: "do what the message and its hint say before, in the same file or an earlier one",
  },
  {
    id: "statement-timeout",
    codes: ["57014"],
    when: { words: /statement timeout/ },
    likely:
      "the statement ran longer than the statement_timeout that the file or a function sets; lockstep itself sets none",
    next: `give it more (SET LOCAL statement_timeout = ...) or make it smaller, for example a backfill in batches, then ${AGAIN}`,
  },
  {
    id: "standby-conflict",
    codes: ["57014"],
    when: { words: /conflict with recovery/ },
    likely: "the standby had to apply a change that the query was in the way of",
    next: "ask the primary, or raise max_standby_streaming_delay",
  },
  {
    id: "cancelled",
    codes: ["57014"],
    likely: "the statement was cancelled or ran into a time limit",
    next: AGAIN,
  },
  {
    id: "idle-in-transaction",
    codes: ["25P03", "57P05"],
    likely:
      "the server ended the session because it was idle for longer than its limit (lockstep's own: 60 s within a transaction)",
    next: `find out what held this machine up, then ${AGAIN}`,
  },
  {
    id: "transaction-timeout",
    codes: ["25P04"],
    likely:
      "the transaction ran longer than the transaction_timeout that the file or a function sets; lockstep itself sets none",
    next: `take that setting out, or split the file, then ${AGAIN}`,
  },
  {
    id: "ended-by-administrator",
    codes: ["57P01"],
    likely: "an administrator ended the session or the server shut down",
    next: `${AGAIN} once the server is up`,
  },
  {
    id: "server-crashed",
    codes: ["57P02"],
    likely: "another process of the server crashed, and all sessions were ended",
    next: `look at the server's log for what crashed, then ${AGAIN}`,
  },
  {
    id: "database-dropped",
    codes: ["57P04"],
    likely: "the database was dropped while the session was on it",
    next: "find out who dropped it (the server's log) and what DATABASE_URL should name",
  },
  {
    id: "not-in-transaction",
    codes: ["25001"],
    likely: "the statement cannot run inside a transaction block",
    next: "put it into a file of its own",
  },
  {
    id: "commit-inside",
    codes: ["2D000"],
    likely: "a procedure or DO block commits or rolls back, and a file runs in one transaction",
    next: "take COMMIT and ROLLBACK out of it; for many rows use a backfill file, which runs in batches",
  },
  {
    id: "aborted-transaction",
    codes: ["25P02"],
    likely: "an earlier statement of the same transaction failed",
    next: "see what failed first",
  },
  {
    id: "raised",
    codes: ["P0001"],
    likely: "a function, trigger or DO block raised this on purpose",
    next: "do what its message asks for",
  },
  {
    id: "plpgsql",
    codes: ["P0002", "P0003", "P0004"],
    likely:
      "a query inside a function or DO block found no row, too many, or an assertion did not hold",
    next: "look at the data that it expects, or mend it",
  },
];
