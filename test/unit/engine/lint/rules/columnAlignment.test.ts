// The rule column-alignment.
import { ruleCases } from "../ruleCases.ts";

ruleCases("column-alignment", {
  finds: [
    ["create table t (a bool, id bigint primary key, b bool, c bigint)", /bytes of each row/],
  ],
  passes: ["create table t (id bigint primary key, c bigint, a bool, b bool)"],
});
