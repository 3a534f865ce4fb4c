// The rule work-under-exclusive-lock.
import { ruleCases } from "../ruleCases.ts";

ruleCases("work-under-exclusive-lock", {
  finds: [
    ["alter table t add column c int; update u set a = 1", /t stays locked/],
    ["alter table t add column c int; create index on u (a)", /file of its own/],
  ],
  passes: [
    "alter table t add column c int; insert into u (a) values (1)",
    "update u set a = 1; alter table t add column c int",
    "create table t (id bigint primary key, a int, b text); alter table t add column c int; update u set a = 1",
  ],
});
