// The rule foreign-key-without-index.
import { ruleCases } from "../ruleCases.ts";

ruleCases("foreign-key-without-index", {
  finds: [
    ["create table t (id int primary key, u int references u)", /begins with u/],
    [
      "alter table t add constraint f foreign key (a) references u not valid",
      /INDEX CONCURRENTLY ON t \(a\)/,
    ],
  ],
  passes: [
    "create table t (u int primary key references u)",
    "create table t (id int primary key, u int references u); create index on t (u)",
    [
      "create table t (id bigint primary key, a int, b text); create index i on t (a)",
      "alter table t add constraint f foreign key (a) references u not valid",
    ],
  ],
});
