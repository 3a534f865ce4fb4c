// The rule volatile-check.
import { ruleCases } from "../ruleCases.ts";

ruleCases("volatile-check", {
  finds: [
    ["alter table t add constraint c check (at < now()) not valid", /now\(\)/],
    ["create table t (id bigint primary key, at date check (at < current_date))", /current time/],
    ["create table t (id bigint primary key, a float, check (a < random()))", /random/],
  ],
  passes: ["alter table t add constraint c check (a > 0) not valid"],
});
