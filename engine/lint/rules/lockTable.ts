// Points at LOCK TABLE.
import { LOCK_MODES } from "../../locks/modes.ts";
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** LOCK TABLE in a mode that stops running code. */
export const lockTableRule: LintRule = {
  id: "lock-table",
  category: "locks",
  level: "warning",
  title: "LOCK TABLE that holds off reads or writes",
  why: "The lock lasts until the file's transaction ends, and it is taken on top of the locks that lockstep asks for by itself.",
  instead:
    "Nothing: lockstep waits for the locks that a file needs before its transaction begins. Where a lock is needed, the weakest mode that does.",
  on: {
    LockStmt: ({ relations = [], mode = 8 }, { isNew }) =>
      relations.flatMap((node) => {
        const name = LOCK_MODES[mode - 1] ?? "ACCESS EXCLUSIVE";
        if (!("RangeVar" in node) || isNew(node.RangeVar) || mode < 5) return [];
        const table = relationName(node.RangeVar);
        return {
          message: `LOCK TABLE ${table} in ${name} mode lasts until the file is done`,
          remedy: "leave it out, or take a weaker mode; lockstep asks for what the statements need",
          lock: { mode: name, table },
        };
      }),
  },
};
