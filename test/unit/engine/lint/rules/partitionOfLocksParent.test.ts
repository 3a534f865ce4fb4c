// The rule partition-of-locks-parent.
import { ruleCases } from "../ruleCases.ts";

ruleCases("partition-of-locks-parent", {
  finds: [["create table p1 partition of p for values in (1)", /ATTACH PARTITION p1/]],
  passes: [
    "create table p (id bigint, at date) partition by range (at); create table p1 partition of p for values from ('2026-01-01') to ('2026-02-01')",
    "create table t (a int)",
  ],
});
