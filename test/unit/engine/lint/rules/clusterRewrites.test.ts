// The rule cluster-rewrites.
import { ruleCases } from "../ruleCases.ts";

ruleCases("cluster-rewrites", {
  finds: [["cluster t using i", /pg_repack/]],
  passes: ["create table n (a int); create index i on n (a); cluster n using i"],
});
