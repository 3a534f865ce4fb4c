// The rule volatile-default-rewrites.
import { ruleCases } from "../ruleCases.ts";

ruleCases("volatile-default-rewrites", {
  finds: [
    ["alter table t add column k uuid default gen_random_uuid()", /calls gen_random_uuid/],
    [
      [
        "create function f() returns int language sql as 'select 1'",
        "alter table t add column k int default f()",
      ],
      /f\(\)/,
    ],
  ],
  passes: [
    "alter table t add column k timestamptz default now()",
    "alter table t add column k int default 1",
    [
      "create function f() returns int language sql stable as 'select 1'",
      "alter table t add column k int default f()",
    ],
    "create table t (id bigint primary key, a int, b text); alter table t add column k uuid default gen_random_uuid()",
  ],
});
