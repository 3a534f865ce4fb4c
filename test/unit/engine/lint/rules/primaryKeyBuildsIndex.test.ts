// The rule primary-key-builds-index.
import { ruleCases } from "../ruleCases.ts";

ruleCases("primary-key-builds-index", {
  finds: [
    ["alter table t add primary key (id)", /PRIMARY KEY USING INDEX t_pkey/],
    ["alter table t add column id int primary key", /CONCURRENTLY/],
  ],
  passes: [
    "alter table t add constraint k primary key using index i",
    "create table n (id int primary key)",
  ],
});
