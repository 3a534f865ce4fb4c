// The rule autovacuum-off.
import { ruleCases } from "../ruleCases.ts";

ruleCases("autovacuum-off", {
  finds: [
    ["alter table t set (autovacuum_enabled = off)", /vacuumed no longer/],
    ["create table t (a int) with (autovacuum_enabled = false)", /t is/],
  ],
  passes: ["alter table t set (autovacuum_enabled = on)", "alter table t set (fillfactor = 70)"],
});
