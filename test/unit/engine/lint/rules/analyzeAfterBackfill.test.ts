// The rule analyze-after-backfill.
import { ruleCases } from "../ruleCases.ts";

ruleCases("analyze-after-backfill", {
  finds: [
    ["-- lockstep: backfill table=t key=id remaining=select 0\nupdate t set b = a", /ANALYZE t/],
  ],
  passes: ["update t set b = a where id = 1"],
});
