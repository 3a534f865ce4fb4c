// The rule index-not-concurrent.
import { ruleCases } from "../ruleCases.ts";

ruleCases("index-not-concurrent", {
  finds: [
    ["create index i on t (a)", /INDEX CONCURRENTLY i/],
    [
      ["create table t (id bigint primary key, a int, b text)", "create unique index on t (a)"],
      /SHARE\nt/,
    ],
    [
      ["create table p (id bigint, at date) partition by range (at)", "create index on p (at)"],
      /ON ONLY p/,
    ],
  ],
  passes: [
    "create index concurrently i on t (a)",
    "create table t (id bigint primary key, a int, b text); create index on t (a)",
  ],
});
