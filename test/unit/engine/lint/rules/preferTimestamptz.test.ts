// The rule prefer-timestamptz.
import { ruleCases } from "../ruleCases.ts";

ruleCases("prefer-timestamptz", {
  finds: [
    ["create table t (id bigint primary key, a timestamp)", /time zone/],
    ["alter table t add column a timestamp", /t.a/],
  ],
  passes: ["create table t (id bigint primary key, a timestamptz)"],
});
