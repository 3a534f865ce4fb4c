// The rule table-without-primary-key.
import { ruleCases } from "../ruleCases.ts";

ruleCases("table-without-primary-key", {
  finds: [["create table t (a int)", /t has no primary key/]],
  passes: [
    "create table t (a int primary key)",
    "create table t (a int); alter table t add primary key (a)",
    "create temp table t (a int)",
    "create table t (like u including all)",
  ],
});
