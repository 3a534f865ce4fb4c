// The rule if-not-exists-on-index.
import { ruleCases } from "../ruleCases.ts";

ruleCases("if-not-exists-on-index", {
  finds: [
    ["create index concurrently if not exists i on t (a)", /create index concurrently i on t/],
  ],
  passes: ["create index concurrently i on t (a)", "create index if not exists i on t (a)"],
});
