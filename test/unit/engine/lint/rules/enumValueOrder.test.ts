// The rule enum-value-order.
import { ruleCases } from "../ruleCases.ts";

ruleCases("enum-value-order", {
  finds: [["alter type e add value 'x'", /'x' sorts/]],
  passes: ["alter type e add value 'x' before 'y'"],
});
