// The rule disable-trigger.
import { ruleCases } from "../ruleCases.ts";

ruleCases("disable-trigger", {
  finds: [
    ["alter table t disable trigger g", /trigger g of t/],
    ["alter table t disable trigger all", /triggers of t/],
  ],
  passes: [
    "alter table t enable trigger g",
    "create table t (id bigint primary key, a int, b text); alter table t disable trigger all",
  ],
});
