// The rule stage-untold.
import { ruleCases } from "../ruleCases.ts";

ruleCases("stage-untold", {
  finds: [["select 1", /taken as expand/]],
  passes: ["create table t (id bigint primary key)"],
});
