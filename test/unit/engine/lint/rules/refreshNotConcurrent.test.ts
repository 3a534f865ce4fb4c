// The rule refresh-not-concurrent.
import { ruleCases } from "../ruleCases.ts";

ruleCases("refresh-not-concurrent", {
  finds: [["refresh materialized view v", /VIEW CONCURRENTLY/]],
  passes: [
    "refresh materialized view concurrently v",
    "create materialized view v as select 1; refresh materialized view v",
  ],
});
