// The rule set-not-null-scans.
import { ruleCases } from "../ruleCases.ts";

ruleCases("set-not-null-scans", {
  finds: [
    ["alter table t alter a set not null", /CHECK \(a IS NOT NULL\) NOT VALID/],
    [
      [
        "create table t (id bigint primary key, a int, b text)",
        "alter table t alter a set not null",
      ],
      /t.a/,
    ],
    [
      [
        "create table t (id bigint primary key, a int, b text); alter table t add constraint c check (a is not null) not valid",
        "alter table t alter a set not null",
      ],
      /prove/,
    ],
  ],
  passes: [
    [
      "create table t (id bigint primary key, a int, b text); alter table t add constraint c check (a is not null) not valid",
      "alter table t validate constraint c",
      "alter table t alter a set not null",
    ],
    [
      "create table t (id bigint primary key, a int, b text)",
      "alter table t alter id set not null",
    ],
    "create table t (id bigint primary key, a int, b text); alter table t alter a set not null",
  ],
});
