// The rule money-column.
import { ruleCases } from "../ruleCases.ts";

ruleCases("money-column", {
  finds: [
    ["create table t (id bigint primary key, a money)", /lc_monetary/],
    ["alter table t add column a money", /t.a/],
  ],
  passes: ["create table t (id bigint primary key, a numeric)"],
});
