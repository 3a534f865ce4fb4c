// The rule drops-constraint.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drops-constraint", {
  finds: [
    [
      [
        "create table t (id bigint primary key, a int, b text); alter table t add constraint c check (a > 0)",
        "alter table t drop constraint c",
      ],
      /check c of t/,
    ],
    ["alter table t drop constraint c", /constraint c/],
  ],
  passes: [
    [
      "create table t (id bigint primary key, a int, b text); alter table t add constraint c check (a is not null)",
      "alter table t drop constraint c",
    ],
    [
      "create table t (id bigint primary key, a int, b text)",
      "alter table t drop constraint t_pkey",
    ],
  ],
});
