// The rule reindex-not-concurrent.
import { ruleCases } from "../ruleCases.ts";

ruleCases("reindex-not-concurrent", {
  finds: [
    ["reindex table t", /SHARE\nt/],
    ["reindex index i", /ACCESS EXCLUSIVE/],
  ],
  passes: ["reindex table concurrently t", "reindex (concurrently) index i"],
});
