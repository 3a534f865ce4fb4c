// The rule stage-override.
import { ruleCases } from "../ruleCases.ts";

ruleCases("stage-override", {
  finds: [['-- lockstep: stage=contract reason="because"\nselect 1', /because/]],
  passes: ["select 1"],
});
