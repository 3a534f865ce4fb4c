// The rule foreign-key-not-valid.
import { ruleCases } from "../ruleCases.ts";

ruleCases("foreign-key-not-valid", {
  finds: [
    ["alter table t add constraint f foreign key (a) references u (id)", /writes to t and u/],
    ["alter table t add column u_id int default 1 references u", /NOT VALID/],
  ],
  passes: [
    "alter table t add constraint f foreign key (a) references u (id) not valid",
    "alter table t add column u_id int references u",
  ],
});
