// The rule unbatched-delete.
import { ruleCases } from "../ruleCases.ts";

ruleCases("unbatched-delete", {
  finds: [["delete from t where a < 5", /in batches/]],
  passes: ["delete from t where id in (1, 2)", "delete from t"],
});
