// The rule opaque-statement.
import { ruleCases } from "../ruleCases.ts";

ruleCases("opaque-statement", {
  finds: [["call f()", /calls procedure f/]],
  passes: ["select 1"],
});
