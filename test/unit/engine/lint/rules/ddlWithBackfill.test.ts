// The rule ddl-with-backfill.
import { ruleCases } from "../ruleCases.ts";

ruleCases("ddl-with-backfill", {
  finds: [["alter table t add column c int; update t set c = 1", /rows of t/]],
  passes: [
    "alter table t add column c int",
    "update t set c = 1",
    "create table t (id bigint primary key, a int, b text); alter table t add column c int; update t set c = 1",
  ],
});
