// The rule lock-table.
import { ruleCases } from "../ruleCases.ts";

ruleCases("lock-table", {
  finds: [
    ["lock table t", /ACCESS EXCLUSIVE mode/],
    ["lock table t in share mode", /SHARE mode/],
  ],
  passes: [
    "lock table t in row exclusive mode",
    "create table t (id bigint primary key, a int, b text); lock table t",
  ],
});
