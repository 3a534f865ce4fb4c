// The rule delete-cascade.
import { ruleCases } from "../ruleCases.ts";

ruleCases("delete-cascade", {
  finds: [["create table t (u int references u on delete cascade)", /takes these rows/]],
  passes: ["create table t (u int references u on delete restrict)"],
});
