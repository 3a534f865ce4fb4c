// The rule sets-search-path.
import { ruleCases } from "../ruleCases.ts";

ruleCases("sets-search-path", {
  finds: [["set search_path = app", /schema/]],
  passes: ["set work_mem = '1GB'"],
});
