// The rule set-logged-rewrites.
import { ruleCases } from "../ruleCases.ts";

ruleCases("set-logged-rewrites", {
  finds: [["alter table t set unlogged", /copies all of t/]],
  passes: [
    "create table n (a int); alter table n set unlogged",
    "alter table t set (fillfactor = 70)",
  ],
});
