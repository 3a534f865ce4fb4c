// The rule writes-to-catalogue.
import { ruleCases } from "../ruleCases.ts";

ruleCases("writes-to-catalogue", {
  finds: [
    ["delete from pg_enum where enumlabel = 'x'", /pg_enum/],
    [
      "update pg_catalog.pg_attribute set attnotnull = true where attname = 'a'",
      /belongs to the server/,
    ],
  ],
  passes: ["update t set a = 1 where id = 1"],
});
