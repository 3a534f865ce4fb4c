// The rule drops-extension.
import { ruleCases } from "../ruleCases.ts";

ruleCases("drops-extension", {
  finds: [["drop extension pg_trgm", /pg_trgm/]],
  passes: ["drop table t"],
});
