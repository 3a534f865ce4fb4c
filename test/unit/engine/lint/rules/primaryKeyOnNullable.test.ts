// The rule primary-key-on-nullable.
import { ruleCases } from "../ruleCases.ts";

ruleCases("primary-key-on-nullable", {
  finds: [
    [
      [
        "create table t (id int); create unique index i on t (id)",
        "alter table t add constraint k primary key using index i",
      ],
      /id of t may be null/,
    ],
  ],
  passes: [
    [
      "create table t (id int not null); create unique index i on t (id)",
      "alter table t add constraint k primary key using index i",
    ],
  ],
});
