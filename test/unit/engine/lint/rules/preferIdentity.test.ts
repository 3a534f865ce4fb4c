// The rule prefer-identity.
import { ruleCases } from "../ruleCases.ts";

ruleCases("prefer-identity", {
  finds: [
    ["create table t (id bigint primary key, a serial)", /serial/],
    ["alter table t add column a serial", /t.a/],
  ],
  passes: ["create table t (id bigint primary key, a bigint)"],
});
