// The rule foreign-key-drop-locks-both.
import { ruleCases } from "../ruleCases.ts";

ruleCases("foreign-key-drop-locks-both", {
  finds: [
    [
      ["create table u (id int primary key); create table t (u int references u)", "drop table t"],
      /also locks u/,
    ],
    [
      [
        "create table u (id int primary key); create table t (u int references u)",
        "alter table t drop constraint t_u_fkey",
      ],
      /also locks u/,
    ],
  ],
  passes: [
    ["create table t (id bigint primary key, a int, b text)", "drop table t"],
    [
      "create table t (id bigint primary key, a int, b text)",
      "alter table t drop constraint t_pkey",
    ],
  ],
});
