// The rule attach-scans-partition.
import { ruleCases } from "../ruleCases.ts";

ruleCases("attach-scans-partition", {
  finds: [["alter table p attach partition p1 for values from (1) to (2)", /reads all of p1/]],
  passes: [
    [
      "create table p1 (at int); alter table p1 add constraint c check (at = 1)",
      "alter table p attach partition p1 for values in (1)",
    ],
    "create table p1 (at int); alter table p attach partition p1 for values in (1)",
  ],
});
