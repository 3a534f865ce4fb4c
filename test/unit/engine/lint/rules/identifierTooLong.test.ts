// The rule identifier-too-long.
import { ruleCases } from "../ruleCases.ts";

ruleCases("identifier-too-long", {
  finds: [
    [
      "create table xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx (id bigint primary key)",
      /64 bytes/,
    ],
    [
      "alter table t add column xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx int",
      /63/,
    ],
  ],
  passes: ["create table t (id bigint primary key)"],
});
