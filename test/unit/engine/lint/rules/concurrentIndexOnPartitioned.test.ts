// The rule concurrent-index-on-partitioned.
import { ruleCases } from "../ruleCases.ts";

ruleCases("concurrent-index-on-partitioned", {
  finds: [
    [
      [
        "create table p (id bigint, at date) partition by range (at)",
        "create index concurrently i on p (at)",
      ],
      /ON ONLY p/,
    ],
  ],
  passes: [
    "create index concurrently i on t (a)",
    [
      "create table p (id bigint, at date) partition by range (at)",
      "create index i on only p (at)",
    ],
  ],
});
