// The rule drops-constraint-index.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drops-constraint-index", {
  finds: [
    [
      ["create table t (id bigint primary key, a int, b text)", "drop index t_pkey"],
      /DROP CONSTRAINT t_pkey/,
    ],
  ],
  passes: [
    [
      "create table t (id bigint primary key, a int, b text); create index i on t (a)",
      "drop index i",
    ],
  ],
});
