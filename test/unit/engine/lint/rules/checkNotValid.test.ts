// The rule check-not-valid.
import { ruleCases } from "../ruleCases.ts";

ruleCases("check-not-valid", {
  finds: [
    [
      "alter table t add constraint c check (a > 0)",
      /NOT VALID;\n-- in the next file:\nALTER TABLE t VALIDATE CONSTRAINT c/,
    ],
    ["alter table t add column x int check (x > 0)", /add the column without it/],
  ],
  passes: [
    "alter table t add constraint c check (a > 0) not valid",
    "create table t (id bigint primary key, a int, b text); alter table t add check (a > 0)",
    "alter table t add constraint c check (a > 0) not enforced",
  ],
});
