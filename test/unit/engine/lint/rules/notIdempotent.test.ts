// The rule not-idempotent.
import { ruleCases } from "../ruleCases.ts";

ruleCases("not-idempotent", {
  finds: [
    ["create table t (a int)", /CREATE TABLE t/],
    ["drop view v", /IF EXISTS/],
  ],
  passes: ["create table if not exists t (a int)", "drop view if exists v"],
});
