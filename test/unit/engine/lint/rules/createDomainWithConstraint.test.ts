// The rule create-domain-with-constraint.
import { ruleCases } from "../ruleCases.ts";

ruleCases("create-domain-with-constraint", {
  finds: [["create domain d as int check (value > 0)", /change of d/]],
  passes: ["create domain d as int"],
});
