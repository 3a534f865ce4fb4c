// The rule partition-key-not-in-unique.
import { ruleCases } from "../ruleCases.ts";

ruleCases("partition-key-not-in-unique", {
  finds: [
    ["create table p (id bigint primary key, at date) partition by range (at)", /partition key/],
    ["create table p (id bigint, at date, unique (id)) partition by range (at)", /at among it/],
  ],
  passes: [
    "create table p (id bigint, at date, primary key (id, at)) partition by range (at)",
    "create table t (id bigint primary key)",
  ],
});
