// Points at VACUUM FULL.
import { relationName } from "../names.ts";
import { optionsOf } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** VACUUM FULL. */
export const vacuumFullRule: LintRule = {
  id: "vacuum-full",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "VACUUM FULL",
  why: "It writes the whole table anew under ACCESS EXCLUSIVE.",
  instead: "A plain VACUUM, or pg_repack, outside of a release.",
  on: {
    VacuumStmt: ({ options, rels = [] }, { isNew }) => {
      if (!optionsOf(options).has("full")) return undefined;
      const [first] = rels.flatMap((node) =>
        "VacuumRelation" in node ? [node.VacuumRelation.relation] : [],
      );
      if (first && isNew(first)) return undefined;
      const table = first ? relationName(first) : "all tables";
      return {
        message: `VACUUM FULL writes ${table} anew while nobody may read or write`,
        remedy: "leave it out of the release; pg_repack does it without the lock",
        lock: { mode: "ACCESS EXCLUSIVE", table },
      };
    },
  },
};
