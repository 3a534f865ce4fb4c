// The rule drop-of-referenced-table.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drop-of-referenced-table", {
  finds: [
    [
      ["create table u (id int primary key); create table t (u int references u)", "drop table u"],
      /t still refers to u/,
    ],
  ],
  passes: [
    ["create table u (id int primary key); create table t (u int references u)", "drop table t"],
    ["create table u (id int primary key); create table t (u int references u)", "drop table t, u"],
  ],
});
