// The rule create-enum.
import { ruleCases } from "../ruleCases.ts";

ruleCases("create-enum", {
  finds: [["create type e as enum ('a')", /type e/]],
  passes: ["create type e as (a int)"],
});
