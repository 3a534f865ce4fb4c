// The rule extension-needs-rights.
import { ruleCases } from "../ruleCases.ts";

ruleCases("extension-needs-rights", {
  finds: [["create extension postgis", /postgis/]],
  passes: ["create extension pg_trgm"],
});
