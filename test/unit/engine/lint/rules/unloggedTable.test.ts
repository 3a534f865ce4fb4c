// The rule unlogged-table.
import { ruleCases } from "../ruleCases.ts";

ruleCases("unlogged-table", {
  finds: [["create unlogged table t (a int)", /after a crash/]],
  passes: ["create table t (a int)"],
});
