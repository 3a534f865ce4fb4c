// Points at tables that a crash empties.
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** CREATE UNLOGGED TABLE. */
export const unloggedTableRule: LintRule = {
  id: "unlogged-table",
  category: "data",
  level: "warning",
  title: "CREATE UNLOGGED TABLE",
  why: "The table is empty after a crash, and missing on replicas.",
  instead: "A plain table, unless its rows can be lost.",
  on: {
    CreateStmt: ({ relation }) =>
      relation?.relpersistence === "u"
        ? {
            message: `${relationName(relation)} is empty after a crash, and not there on replicas`,
            remedy: "leave UNLOGGED out, unless its rows can be lost",
            at: relation.location,
          }
        : undefined,
  },
};
