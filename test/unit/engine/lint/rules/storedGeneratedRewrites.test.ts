// The rule stored-generated-rewrites.
import { ruleCases } from "../ruleCases.ts";

ruleCases("stored-generated-rewrites", {
  finds: [["alter table t add column c int generated always as (a + 1) stored", /t.c/]],
  passes: [
    "alter table t add column c int generated always as (a + 1) virtual",
    "create table t (a int, c int generated always as (a + 1) stored)",
  ],
});
