// The rule prefer-bigint.
import { ruleCases } from "../ruleCases.ts";

ruleCases("prefer-bigint", {
  finds: [
    ["create table t (id bigint primary key, a int)", /grow/],
    ["alter table t add column a int", /t.a/],
  ],
  passes: ["create table t (id bigint primary key, a bigint)"],
});
