// The rule sequence-column-rewrites.
import { ruleCases } from "../ruleCases.ts";

ruleCases("sequence-column-rewrites", {
  finds: [
    ["alter table t add column n bigserial", /t.n numbers/],
    ["alter table t add column n bigint generated always as identity", /written anew/],
  ],
  passes: ["create table t (n bigserial)", "alter table t add column n bigint"],
});
