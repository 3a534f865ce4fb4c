// The rule type-change-rewrites.
import { ruleCases } from "../ruleCases.ts";

ruleCases("type-change-rewrites", {
  finds: [
    ["alter table t alter a type bigint", /written anew/],
    [
      [
        "create table t (id bigint primary key, a int, b text)",
        "alter table t alter a type bigint",
      ],
      /t.a/,
    ],
    [["create table t (a varchar(20))", "alter table t alter a type varchar(10)"], /written anew/],
    [["create table t (a text)", "alter table t alter a type int using a::int"], /written anew/],
  ],
  passes: [
    ["create table t (a varchar(20))", "alter table t alter a type varchar(40)"],
    ["create table t (a varchar(20))", "alter table t alter a type text"],
    ["create table t (a numeric(8,2))", "alter table t alter a type numeric(10,2)"],
    "create table t (id bigint primary key, a int, b text); alter table t alter a type bigint",
  ],
});
