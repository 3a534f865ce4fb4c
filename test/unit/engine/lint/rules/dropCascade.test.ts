// The rule drop-cascade.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drop-cascade", {
  finds: [
    ["drop view v cascade", /depends on v/],
    ["alter table t drop column a cascade", /a of t/],
  ],
  passes: ["drop view v", "alter table t drop column a"],
});
