// The rule delete-without-where.
import { ruleCases } from "../ruleCases.ts";

ruleCases("delete-without-where", {
  finds: [["delete from t", /every row of t/]],
  passes: [
    "delete from t where a = 1",
    "delete from t using u where t.a = u.a",
    "create table t (id bigint primary key, a int, b text); delete from t",
  ],
});
