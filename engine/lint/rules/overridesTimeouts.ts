// Points at files that set lockstep's own timeouts.
import type { LintRule } from "./rule.ts";

/** SET lock_timeout, statement_timeout and their like. */
export const overridesTimeoutsRule: LintRule = {
  id: "overrides-timeouts",
  category: "transaction",
  level: "warning",
  title: "SET of lock_timeout, statement_timeout or another timeout",
  why: "lockstep sets them for each try, so that a file gives way to the running code instead of standing in its way.",
  instead: "Nothing in the file: `lockstep:lock` and `--lock-budget` say how long it may take.",
  on: {
    VariableSetStmt: ({ name = "", kind }) =>
      !TIMEOUTS.has(name) || kind === "VAR_RESET"
        ? undefined
        : {
            message: `${name} is lockstep's to set: it keeps the file from holding up the running code`,
            remedy: "take it out; lockstep:lock says how long lockstep may wait",
          },
  },
};

const TIMEOUTS: ReadonlySet<string> = new Set([
  ...["lock_timeout", "statement_timeout", "transaction_timeout"],
  ...["idle_in_transaction_session_timeout", "deadlock_timeout"],
]);
