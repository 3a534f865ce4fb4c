// The rule dropped-column-in-use.
import { ruleCases } from "../ruleCases.ts";

ruleCases("dropped-column-in-use", {
  finds: [
    [
      [
        "create table t (id bigint primary key, a int, b text); create function f() returns trigger language plpgsql as 'begin new.a := 1; return new; end'; create trigger g before insert on t for each row execute function f()",
        "alter table t drop column a",
      ],
      /trigger g of t still uses a/,
    ],
    [
      [
        "create table t (id bigint primary key, a int, b text); create view v as select a from t",
        "alter table t drop column a",
      ],
      /view v/,
    ],
  ],
  passes: [
    [
      "create table t (id bigint primary key, a int, b text); create function f() returns trigger language plpgsql as 'begin new.a := 1; return new; end'; create trigger g before insert on t for each row execute function f()",
      "drop trigger g on t; drop function f(); alter table t drop column a",
    ],
    [
      "create table t (id bigint primary key, a int, b text); create function f() returns trigger language plpgsql as 'begin new.a := 1; return new; end'; create trigger g before insert on t for each row execute function f()",
      "alter table t drop column b",
    ],
  ],
});
