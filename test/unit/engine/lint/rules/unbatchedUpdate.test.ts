// The rule unbatched-update.
import { ruleCases } from "../ruleCases.ts";

ruleCases("unbatched-update", {
  finds: [
    ["update t set a = 1 where a is null", /backfill table=t/],
    ["update t set a = 1", /ROW EXCLUSIVE\nt/],
  ],
  passes: [
    "update t set a = 1 where id = 5",
    "create table t (id bigint primary key, a int, b text); update t set a = 1",
    "-- lockstep: backfill table=t key=id remaining=select 0\nupdate t set a = 1",
  ],
});
