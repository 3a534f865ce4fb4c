// Points at views that freeze a star.
import { relationName } from "../names.ts";
import { findAll } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** CREATE VIEW ... AS SELECT *. */
export const viewSelectsStarRule: LintRule = {
  id: "view-selects-star",
  category: "correctness",
  level: "info",
  title: "CREATE VIEW with SELECT *",
  why: "The star is written out when the view is made: later columns are missing, and none of the others can be dropped.",
  instead: "A list of columns.",
  on: {
    ViewStmt: ({ view, query }) => {
      if (!query || !("SelectStmt" in query)) return undefined;
      const stars = (query.SelectStmt.targetList ?? []).flatMap((node) =>
        "ResTarget" in node && findAll(node.ResTarget.val, "A_Star").length > 0
          ? [node.ResTarget]
          : [],
      );
      const [first] = stars;
      if (!first) return undefined;
      return {
        message: `view ${relationName(view)} keeps the columns of today, and none of them can be dropped`,
        remedy: "name the columns that it needs",
        at: first.location,
      };
    },
  },
};
