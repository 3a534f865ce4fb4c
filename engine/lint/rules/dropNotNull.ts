// Points at columns that may be null from now on.
import type { LintRule } from "./rule.ts";

/** DROP NOT NULL. */
export const dropNotNullRule: LintRule = {
  id: "drop-not-null",
  category: "compatibility",
  level: "info",
  title: "DROP NOT NULL",
  why: "The version that runs may read a null where it never saw one.",
  instead: "Nothing, where every reader can take a null.",
  alter: ({ command, table, name }, { isNew }) =>
    command.subtype !== "AT_DropNotNull" || isNew(table)
      ? undefined
      : {
          message: `${table}.${name} may be null from now on, also for the version that runs`,
          remedy: "see that every reader can take a null",
        },
};
