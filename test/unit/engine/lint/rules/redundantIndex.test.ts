// The rule redundant-index.
import { ruleCases } from "../ruleCases.ts";

ruleCases("redundant-index", {
  finds: [
    [
      [
        "create table t (id bigint primary key, a int, b text); create index i on t (a, b)",
        "create index concurrently j on t (a)",
      ],
      /i of t/,
    ],
    [
      [
        "create table t (id bigint primary key, a int, b text)",
        "create index concurrently j on t (id)",
      ],
      /t_pkey/,
    ],
  ],
  passes: [
    [
      "create table t (id bigint primary key, a int, b text); create index i on t (a)",
      "create index concurrently j on t (a, b)",
    ],
    [
      "create table t (id bigint primary key, a int, b text); create index i on t (a, b)",
      "create unique index concurrently j on t (a)",
    ],
  ],
});
