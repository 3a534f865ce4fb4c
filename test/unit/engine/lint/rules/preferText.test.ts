// The rule prefer-text.
import { ruleCases } from "../ruleCases.ts";

ruleCases("prefer-text", {
  finds: [
    ["create table t (id bigint primary key, a varchar(3))", /limit/],
    ["alter table t add column a varchar(3)", /t.a/],
  ],
  passes: ["create table t (id bigint primary key, a varchar)"],
});
