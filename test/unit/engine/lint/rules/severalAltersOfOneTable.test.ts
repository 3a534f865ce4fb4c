// The rule several-alters-of-one-table.
import { ruleCases } from "../ruleCases.ts";

ruleCases("several-alters-of-one-table", {
  finds: [["alter table t add column c int; alter table t add column d int", /could be one/]],
  passes: [
    "alter table t add column c int, add column d int",
    "alter table t add column c int; alter table u add column c int",
  ],
});
