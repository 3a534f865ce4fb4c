// The rule overrides-timeouts.
import { ruleCases } from "../ruleCases.ts";

ruleCases("overrides-timeouts", {
  finds: [
    ["set lock_timeout = '5s'", /lock_timeout is lockstep/],
    ["set local statement_timeout = 0", /statement_timeout/],
  ],
  passes: ["set work_mem = '1GB'", "reset lock_timeout"],
});
