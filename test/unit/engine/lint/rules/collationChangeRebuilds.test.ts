// The rule collation-change-rebuilds.
import { ruleCases } from "../ruleCases.ts";

ruleCases("collation-change-rebuilds", {
  finds: [['alter table t alter a type text collate "C"', /collation of t.a/]],
  passes: ["alter table t alter a type text"],
});
