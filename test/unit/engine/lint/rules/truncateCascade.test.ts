// The rule truncate-cascade.
import { ruleCases } from "../ruleCases.ts";

ruleCases("truncate-cascade", {
  finds: [["truncate t cascade", /refers to t/]],
  passes: [
    "truncate t",
    "create table t (id bigint primary key, a int, b text); truncate t cascade",
  ],
});
