// The rule drop-of-required-column.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drop-of-required-column", {
  finds: [
    [["create table t (id int, a int not null)", "alter table t drop column a"], /DROP NOT NULL/],
  ],
  passes: [
    ["create table t (id int, a int)", "alter table t drop column a"],
    ["create table t (id int, a int not null default 1)", "alter table t drop column a"],
    [
      "create table t (id int, a int not null)",
      "alter table t alter a drop not null",
      "alter table t drop column a",
    ],
  ],
});
