// The rule copying-insert.
import { ruleCases } from "../ruleCases.ts";

ruleCases("copying-insert", {
  finds: [
    ["insert into u (a) select a from t", /copying t into u/],
    ["create table u as select * from t", /copying t/],
  ],
  passes: [
    "insert into u (a) values (1)",
    "create table u as select * from t with no data",
    "insert into u (a) select a from t where id = 1",
  ],
});
