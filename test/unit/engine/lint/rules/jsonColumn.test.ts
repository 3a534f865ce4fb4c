// The rule json-column.
import { ruleCases } from "../ruleCases.ts";

ruleCases("json-column", {
  finds: [
    ["create table t (id bigint primary key, a json)", /DISTINCT/],
    ["alter table t add column a json", /t.a/],
  ],
  passes: ["create table t (id bigint primary key, a jsonb)"],
});
