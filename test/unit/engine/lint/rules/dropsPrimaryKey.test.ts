// The rule drops-primary-key.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drops-primary-key", {
  finds: [
    [
      [
        "create table t (id bigint primary key, a int, b text)",
        "alter table t drop constraint t_pkey",
      ],
      /replica identity/,
    ],
  ],
  passes: [
    [
      "create table t (id bigint primary key, a int, b text)",
      "alter table t drop constraint t_pkey, add primary key (a)",
    ],
    [
      "create table t (id bigint primary key, a int, b text); alter table t add constraint c unique (a)",
      "alter table t drop constraint c",
    ],
  ],
});
