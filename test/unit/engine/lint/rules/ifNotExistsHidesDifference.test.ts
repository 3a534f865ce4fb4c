// The rule if-not-exists-hides-difference.
import { ruleCases } from "../ruleCases.ts";

ruleCases("if-not-exists-hides-difference", {
  finds: [
    ["create table if not exists t (a int)", /table t/],
    ["alter table t add column if not exists c int", /t.c/],
  ],
  passes: ["create table t (a int)", "alter table t add column c int"],
});
