// The rule constrained-domain-column.
import { ruleCases } from "../ruleCases.ts";

ruleCases("constrained-domain-column", {
  finds: [
    [["create domain d as int check (value > 0)", "alter table t add column c d"], /domain d/],
  ],
  passes: [["create domain d as int", "alter table t add column c d"]],
});
