// Points at DROP ... CASCADE.
import { objectName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** DROP ... CASCADE. */
export const dropCascadeRule: LintRule = {
  id: "drop-cascade",
  category: "data",
  level: "warning",
  title: "DROP ... CASCADE",
  why: "What depends on the object goes with it, views and foreign keys of others among it, and the file does not say what that is.",
  instead:
    "Drop what depends on it by name; without CASCADE PostgreSQL refuses what was forgotten.",
  on: {
    DropStmt: ({ behavior, objects = [] }) =>
      behavior === "DROP_CASCADE"
        ? {
            message: `CASCADE drops whatever depends on ${objects.map(objectName).join(", ")}, unseen`,
            remedy: "drop what depends on it by name, and leave CASCADE out",
          }
        : undefined,
  },
  alter: ({ command, table, name }) =>
    command.behavior === "DROP_CASCADE" && /^AT_Drop/.test(command.subtype ?? "")
      ? {
          message: `CASCADE drops whatever depends on ${name} of ${table}, unseen`,
          remedy: "drop what depends on it by name, and leave CASCADE out",
        }
      : undefined,
};
