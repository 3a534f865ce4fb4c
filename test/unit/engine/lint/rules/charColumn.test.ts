// The rule char-column.
import { ruleCases } from "../ruleCases.ts";

ruleCases("char-column", {
  finds: [
    ["create table t (id bigint primary key, a char(3))", /blanks/],
    ["alter table t add column a char(3)", /t.a/],
  ],
  passes: ["create table t (id bigint primary key, a text)"],
});
