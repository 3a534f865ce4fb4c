// The rule set-access-method-rewrites.
import { ruleCases } from "../ruleCases.ts";

ruleCases("set-access-method-rewrites", {
  finds: [["alter table t set access method columnar", /access method copies/]],
  passes: ["create table n (a int) using heap"],
});
