// The rule type-change-loses-values.
import { ruleCases } from "../ruleCases.ts";

ruleCases("type-change-loses-values", {
  finds: [
    [["create table t (a bigint)", "alter table t alter a type int"], /was int8/],
    [["create table t (a varchar(20))", "alter table t alter a type varchar(10)"], /varchar\(20\)/],
    [["create table t (a timestamptz)", "alter table t alter a type date"], /fit date/],
  ],
  passes: [
    ["create table t (a int)", "alter table t alter a type bigint"],
    "alter table t alter a type int",
  ],
});
