// The rule require-table-schema.
import { ruleCases } from "../ruleCases.ts";

ruleCases("require-table-schema", {
  finds: [
    ["create table t (a int)", /public.t/],
    ["select 1 from u", /u is named/],
  ],
  passes: ["create table app.t (a int)"],
});
