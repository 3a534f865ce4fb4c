// Migrations are not skipped while there are some to run.
import { json, STEP, type Rule } from "../rule.ts";

const STAGES: readonly unknown[] = ["expand", "contract"];

/** What is pending is what the ledger said to the plugin's check; an app released so would not find its schema. */
export const noSkipWithPendingFiles: Rule = {
  name: "no-skip-with-pending-files",
  description: "lockstep:mode is not skip while migrations are pending.",
  environments: ["dev", "staging", "prod"],
  start:
    () =>
    ({ type, props }, surroundings) => {
      const mode = props.mode ?? json(props.settings).mode ?? surroundings.mode;
      if (mode !== "skip") return [];
      const files: readonly unknown[] = Array.isArray(props.pendingFiles) ? props.pendingFiles : [];
      const isStage = type === STEP && STAGES.includes(props.step);
      if (files.length === 0 && !(isStage && props.pending === true)) return [];
      const which = files.length > 0 ? files.join(", ") : `the ${String(props.step)} stage's`;
      return [
        `lockstep:mode is skip, but migrations are pending: ${which}. Run them first (pulumi config rm lockstep:mode), or release what needs none.`,
      ];
    },
};
