// The rule set-tablespace-rewrites.
import { ruleCases } from "../ruleCases.ts";

ruleCases("set-tablespace-rewrites", {
  finds: [["alter table t set tablespace fast", /tablespace copies/]],
  passes: ["alter table t set schema app"],
});
