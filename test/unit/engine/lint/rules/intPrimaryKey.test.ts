// The rule int-primary-key.
import { ruleCases } from "../ruleCases.ts";

ruleCases("int-primary-key", {
  finds: [
    ["create table t (id int primary key)", /2,147,483,647/],
    ["create table t (id serial, primary key (id))", /bigint/],
  ],
  passes: [
    "create table t (id bigint primary key)",
    "create table t (id bigint primary key, a int)",
  ],
});
