// The rule create-rule.
import { ruleCases } from "../ruleCases.ts";

ruleCases("create-rule", {
  finds: [["create rule r as on insert to t do instead nothing", /rule r/]],
  passes: ["create view v as select 1"],
});
