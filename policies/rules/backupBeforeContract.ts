// No stage that removes things without a backup right before it.
import { json, STEP, type Check, type Rule } from "../rule.ts";

/** The program registers a backup before the stage that waits for it, so a stage without one is seen at once. */
export const backupBeforeContract: Rule = {
  name: "backup-before-contract",
  description: "A release's contract stage has a backup of its own before it.",
  environments: ["prod"],
  start: (): Check => {
    const backedUp = new Set<unknown>();
    return ({ type, props }) => {
      if (type !== STEP) return [];
      const release = json(props.release).digest;
      if (props.step === "backup" && props.before === "contract") backedUp.add(release);
      if (props.step !== "contract" || backedUp.has(release)) return [];
      return [
        "The contract stage removes data, and no backup comes before it. Add contract to lockstep:backup.before (its default).",
      ];
    };
  },
};
