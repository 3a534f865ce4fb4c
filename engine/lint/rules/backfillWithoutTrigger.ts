// Points at backfills that nothing keeps up to date.
import { relationName, withoutPublic } from "../names.ts";
import { columnsIn } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** A backfill that copies from another column, without a trigger on the table. */
export const backfillWithoutTriggerRule: LintRule = {
  id: "backfill-without-trigger",
  category: "data",
  level: "warning",
  title: "a backfill of a column without a trigger that keeps it in step",
  why: "Rows that the running version writes behind the backfill's walk stay without the new value; dropping the old column then loses it.",
  instead:
    "A trigger in an expand file before the backfill that keeps both columns equal, in both directions; contract drops it.",
  on: {
    UpdateStmt: ({ relation, targetList = [] }, { migration, schema }) => {
      const table = withoutPublic(relationName(relation));
      if (!migration.backfill) return undefined;
      const copied = targetList.flatMap((node) =>
        "ResTarget" in node && columnsIn(node.ResTarget.val).length > 0
          ? (node.ResTarget.name ?? "?")
          : [],
      );
      const hasTrigger = [...schema.triggers.values()].some((one) => one.table === table);
      if (copied.length === 0 || hasTrigger) return undefined;
      return {
        message: `nothing keeps ${copied.join(", ")} of ${table} in step: what the running version writes behind the backfill is lost`,
        remedy: "create a trigger that keeps both columns equal in an expand file before this one",
      };
    },
  },
};
