// The rule detach-not-concurrent.
import { ruleCases } from "../ruleCases.ts";

ruleCases("detach-not-concurrent", {
  finds: [["alter table p detach partition p1", /CONCURRENTLY/]],
  passes: [
    "alter table p detach partition p1 concurrently",
    "alter table p attach partition p1 default",
  ],
});
