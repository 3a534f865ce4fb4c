// Tells where neither SQL nor name says the stage.
import { stageOfName } from "../stage.ts";
import type { LintRule } from "./rule.ts";

/** A stage that rests on nothing. */
export const stageUntoldRule: LintRule = {
  id: "stage-untold",
  category: "stage",
  level: "info",
  title: "a file whose stage nothing tells",
  why: "An UPDATE alone fits both stages; it is taken as expand, before the rollout.",
  instead: "A name that tells (`add_`, `remove_`), or a header.",
  file: ({ migration: { stage, stageFrom, name, backfill } }) =>
    stageFrom !== "name" || backfill || stageOfName(name)
      ? undefined
      : {
          message: `nothing in the SQL or the name tells the stage; it is taken as ${stage}`,
          remedy:
            'to have it otherwise, write at its head: -- lockstep: stage=contract reason="..."',
        },
};
