// The rule duplicate-column.
import { ruleCases } from "../ruleCases.ts";

ruleCases("duplicate-column", {
  finds: [
    ["update t set a = 1, a = 2 where id = 1", /a stands twice/],
    ["insert into t (a, a) values (1, 2)", /a stands/],
    ["create table t (id bigint primary key, id int)", /id stands/],
  ],
  passes: [
    "update t set a = 1, b = 2 where id = 1",
    "update t set a[1] = 1, a[2] = 2 where id = 1",
  ],
});
