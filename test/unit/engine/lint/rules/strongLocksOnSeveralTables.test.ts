// The rule strong-locks-on-several-tables.
import { ruleCases } from "../ruleCases.ts";

ruleCases("strong-locks-on-several-tables", {
  finds: [["alter table t add column c int; alter table u add column c int", /t, u/]],
  passes: [
    "alter table t add column c int; insert into u (a) values (1)",
    "create table t (id bigint primary key, a int, b text); alter table u add column c int",
  ],
});
