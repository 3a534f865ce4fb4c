// The rule unnamed-constraint.
import { ruleCases } from "../ruleCases.ts";

ruleCases("unnamed-constraint", {
  finds: [["alter table t add check (a > 0)", /ADD CONSTRAINT name/]],
  passes: ["alter table t add constraint c check (a > 0)"],
});
