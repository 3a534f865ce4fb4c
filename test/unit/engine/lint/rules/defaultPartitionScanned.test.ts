// The rule default-partition-scanned.
import { ruleCases } from "../ruleCases.ts";

ruleCases("default-partition-scanned", {
  finds: [
    [
      [
        "create table p (id bigint, at date) partition by range (at); create table pd partition of p default",
        "create table p1 partition of p for values from ('2026-01-01') to ('2026-02-01')",
      ],
      /default partition of p/,
    ],
    [
      [
        "create table p (id bigint, at date) partition by range (at); create table pd partition of p default",
        "alter table p attach partition p1 for values from ('2026-01-01') to ('2026-02-01')",
      ],
      /CHECK/,
    ],
  ],
  passes: [
    [
      "create table p (id bigint, at date) partition by range (at)",
      "create table p1 partition of p for values from ('2026-01-01') to ('2026-02-01')",
    ],
  ],
});
