// The rule replica-identity.
import { ruleCases } from "../ruleCases.ts";

ruleCases("replica-identity", {
  finds: [
    ["alter table t replica identity nothing", /fail/],
    ["alter table t replica identity full", /whole old row/],
  ],
  passes: ["alter table t replica identity default"],
});
