// The rule drops-data.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drops-data", {
  finds: [
    ["drop table t", /drops table t/],
    ["truncate t", /irreversible/],
  ],
  passes: ["drop index i"],
});
