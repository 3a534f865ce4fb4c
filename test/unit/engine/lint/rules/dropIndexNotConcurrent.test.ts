// The rule drop-index-not-concurrent.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drop-index-not-concurrent", {
  finds: [
    [
      [
        "create table t (id bigint primary key, a int, b text); create index i on t (a)",
        "drop index i",
      ],
      /EXCLUSIVE\nt/,
    ],
    ["drop index if exists app.i", /DROP INDEX app.i|drop INDEX CONCURRENTLY/],
  ],
  passes: [
    "drop index concurrently i",
    "create table t (id bigint primary key, a int, b text); create index i on t (a); drop index i",
    "drop table t",
  ],
});
