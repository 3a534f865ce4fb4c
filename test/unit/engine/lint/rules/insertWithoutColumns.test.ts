// The rule insert-without-columns.
import { ruleCases } from "../ruleCases.ts";

ruleCases("insert-without-columns", {
  finds: [["insert into t values (1, 2)", /order of its columns/]],
  passes: [
    "insert into t (a) values (1)",
    "create table t (id bigint primary key, a int, b text); insert into t values (1, 2, 'x')",
    "insert into t default values",
  ],
});
