// The rule view-selects-star.
import { ruleCases } from "../ruleCases.ts";

ruleCases("view-selects-star", {
  finds: [
    ["create view v as select * from t", /view v/],
    ["create view v as select t.* from t", /name the columns/],
  ],
  passes: ["create view v as select a from t", "create view v as select count(*) from t"],
});
