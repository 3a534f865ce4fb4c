// Points at TRUNCATE ... CASCADE.
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** TRUNCATE ... CASCADE. */
export const truncateCascadeRule: LintRule = {
  id: "truncate-cascade",
  category: "data",
  level: "warning",
  title: "TRUNCATE ... CASCADE",
  why: "It empties every table that refers to this one, also those that nobody named.",
  instead:
    "Name all tables that are to be emptied; without CASCADE PostgreSQL refuses what was forgotten.",
  on: {
    TruncateStmt: ({ relations = [], behavior }, { isNew }) => {
      const [first] = relations;
      if (behavior !== "DROP_CASCADE" || !first || !("RangeVar" in first)) return undefined;
      if (isNew(first.RangeVar)) return undefined;
      return {
        message: `TRUNCATE ... CASCADE also empties every table that refers to ${relationName(first.RangeVar)}`,
        remedy: "name the tables, and leave CASCADE out",
      };
    },
  },
};
