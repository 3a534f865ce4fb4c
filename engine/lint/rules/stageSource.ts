// Tells where a stage does not come from the SQL.
import { stageOfName } from "../stage.ts";
import type { LintFinding, LintRule } from "./rule.ts";

/** A header's override with its reason, and stages that rest on the name or on nothing. */
export const stageSourceRule: LintRule = {
  ids: ["stage-override", "stage-untold"],
  check: ({ stage, stageFrom, stageReason, name, path, backfill }): LintFinding[] => {
    const where = `${path}:1:1`;
    if (stageFrom === "header") {
      return [
        {
          rule: "stage-override",
          severity: "info",
          message: `the head says ${stage}, whatever the SQL does: ${stageReason ?? ""}`,
          where,
          remedy: "see that the reason still holds",
        },
      ];
    }
    if (stageFrom !== "name" || backfill || stageOfName(name)) return [];
    return [
      {
        rule: "stage-untold",
        severity: "info",
        message: `nothing in the SQL or the name tells the stage; it is taken as ${stage}`,
        where,
        remedy: 'to have it otherwise, write at its head: -- lockstep: stage=contract reason="..."',
      },
    ];
  },
};
