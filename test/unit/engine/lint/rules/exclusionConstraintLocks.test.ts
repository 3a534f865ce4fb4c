// The rule exclusion-constraint-locks.
import { ruleCases } from "../ruleCases.ts";

ruleCases("exclusion-constraint-locks", {
  finds: [["alter table t add constraint e exclude using gist (a with =)", /no concurrent way/]],
  passes: ["create table t (a int, exclude using gist (a with =))"],
});
