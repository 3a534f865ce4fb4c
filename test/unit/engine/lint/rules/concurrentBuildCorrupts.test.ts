// The rule concurrent-build-corrupts.
import { ruleCases } from "../ruleCases.ts";

ruleCases("concurrent-build-corrupts", {
  finds: [["create index concurrently i on t (a)", /14.2/]],
  passes: ["create index i on t (a)"],
  server: { version: 140_002 },
});
