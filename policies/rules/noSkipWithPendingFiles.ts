// Migrations are not left out while there are some to run.
import { ADMISSION, type Rule } from "../rule.ts";

/** What is left out is what the ledger said to the plugin's check; an app released so may not find its schema. */
export const noSkipWithPendingFiles: Rule = {
  name: "no-skip-with-pending-files",
  description: "lockstep:risk.mode is not skip while migrations are pending.",
  environments: ["dev", "staging", "prod"],
  start:
    () =>
    ({ type, props }) => {
      const files: readonly unknown[] = Array.isArray(props.leftOut) ? props.leftOut : [];
      if (type !== ADMISSION || files.length === 0) return [];
      return [
        `lockstep:risk.mode is skip, but migrations are pending: ${files.join(", ")}. Run them first (lockstep migrate, or pulumi config set --path lockstep:risk.mode auto), or release what needs none.`,
      ];
    },
};
