// Points at triggers on tables that are in use.
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** CREATE TRIGGER on an existing table. */
export const triggerLocksTableRule: LintRule = {
  id: "trigger-locks-table",
  category: "locks",
  level: "info",
  title: "CREATE TRIGGER on a table that is in use",
  why: "It takes SHARE ROW EXCLUSIVE: brief, but writes wait for it, and from then on each of them runs the trigger.",
  instead:
    "Nothing, where the trigger is cheap: lockstep waits for a gap before it asks for the lock.",
  on: {
    CreateTrigStmt: ({ relation, trigname = "?" }, { isNew }) =>
      isNew(relation)
        ? undefined
        : {
            message: `trigger ${trigname} is part of every write to ${relationName(relation)} from now on`,
            remedy: "see that it is cheap and cannot fail",
            lock: { mode: "SHARE ROW EXCLUSIVE", table: relationName(relation) },
          },
  },
};
