// The rule wide-index.
import { ruleCases } from "../ruleCases.ts";

ruleCases("wide-index", {
  finds: [["create index i on t (a, b, c, d)", /4 columns/]],
  passes: ["create index i on t (a, b)", "create unique index i on t (a, b, c, d)"],
});
