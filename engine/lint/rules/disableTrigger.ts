// Points at triggers that are switched off.
import type { LintRule } from "./rule.ts";

/** DISABLE TRIGGER. */
export const disableTriggerRule: LintRule = {
  id: "disable-trigger",
  category: "data",
  level: "warning",
  title: "DISABLE TRIGGER",
  why: "Whatever the running version writes meanwhile goes past the trigger; ALL switches foreign keys off too.",
  instead: "A condition within the trigger, such as current_setting of a variable of your own.",
  alter: ({ command, table, name }, { isNew }) =>
    !/^AT_DisableTrig/.test(command.subtype ?? "") || isNew(table)
      ? undefined
      : {
          message: `${name === "" ? "triggers" : `trigger ${name}`} of ${table} ${name === "" ? "see" : "sees"} nothing of what is written from now on`,
          remedy: "let the trigger itself look at a setting that only this session has",
          lock: { mode: "SHARE ROW EXCLUSIVE", table },
        },
};
