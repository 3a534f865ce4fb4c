// The rule backfill-without-trigger.
import { ruleCases } from "../ruleCases.ts";

ruleCases("backfill-without-trigger", {
  finds: [
    [
      [
        "create table t (id bigint primary key, a int, b text)",
        "-- lockstep: backfill table=t key=id remaining=select 0\nupdate t set b = a",
      ],
      /keeps b of t/,
    ],
  ],
  passes: [
    [
      "create table t (id bigint primary key, a int, b text); create function f() returns trigger language plpgsql as 'begin new.a := 1; return new; end'; create trigger g before insert on t for each row execute function f()",
      "-- lockstep: backfill table=t key=id remaining=select 0\nupdate t set b = a",
    ],
    [
      "create table t (id bigint primary key, a int, b text)",
      "-- lockstep: backfill table=t key=id remaining=select 0\nupdate t set b = 'x'",
    ],
  ],
});
