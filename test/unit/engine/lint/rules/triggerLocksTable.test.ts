// The rule trigger-locks-table.
import { ruleCases } from "../ruleCases.ts";

ruleCases("trigger-locks-table", {
  finds: [["create trigger g before insert on t for each row execute function f()", /trigger g/]],
  passes: [
    "create table t (id bigint primary key, a int, b text); create trigger g before insert on t for each row execute function f()",
  ],
});
