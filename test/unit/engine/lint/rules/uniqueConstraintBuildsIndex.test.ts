// The rule unique-constraint-builds-index.
import { ruleCases } from "../ruleCases.ts";

ruleCases("unique-constraint-builds-index", {
  finds: [
    [
      "alter table t add constraint u unique (a, b)",
      /CREATE UNIQUE INDEX CONCURRENTLY u ON t \(a, b\)/,
    ],
    ["alter table t add column c int unique", /t_c_key/],
  ],
  passes: [
    "alter table t add constraint u unique using index i",
    "create table t (id bigint primary key, a int, b text); alter table t add unique (a)",
  ],
});
