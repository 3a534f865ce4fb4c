// The rule drop-not-null.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drop-not-null", {
  finds: [["alter table t alter a drop not null", /may be null/]],
  passes: [
    "create table t (id bigint primary key, a int, b text); alter table t alter a drop not null",
  ],
});
