// The rule alter-system.
import { ruleCases } from "../ruleCases.ts";

ruleCases("alter-system", {
  finds: [["alter system set work_mem = '1GB'", /work_mem/]],
  passes: ["alter database app set work_mem = '1GB'"],
});
