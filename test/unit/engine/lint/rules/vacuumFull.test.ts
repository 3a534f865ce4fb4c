// The rule vacuum-full.
import { ruleCases } from "../ruleCases.ts";

ruleCases("vacuum-full", {
  finds: [
    ["vacuum full t", /ACCESS EXCLUSIVE\nt/],
    ["vacuum (full, analyze)", /all tables/],
  ],
  passes: ["vacuum t", "analyze t"],
});
