// Tells where a header sets the stage.
import type { LintRule } from "./rule.ts";

/** A header's override, with its reason. */
export const stageOverrideRule: LintRule = {
  id: "stage-override",
  category: "stage",
  level: "info",
  title: "a header that sets the stage",
  why: "The SQL says another stage, or none. Whoever reviews the release should read the reason.",
  instead: "Nothing, while the reason holds.",
  file: ({ migration: { stage, stageFrom, stageReason } }) =>
    stageFrom === "header"
      ? {
          message: `the head says ${stage}, whatever the SQL does: ${stageReason ?? ""}`,
          remedy: "see that the reason still holds",
        }
      : undefined,
};
