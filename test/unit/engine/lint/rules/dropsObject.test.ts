// The rule drops-object.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drops-object", {
  finds: [["drop view v", /drops view v/]],
  passes: ["drop table t", "create view v as select 1"],
});
