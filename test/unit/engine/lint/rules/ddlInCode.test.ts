// The rule ddl-in-code.
import { ruleCases } from "../ruleCases.ts";

ruleCases("ddl-in-code", {
  finds: [
    ["do $$ begin alter table t add column c int; end $$", /ALTER TABLE t/],
    ["do $$ begin execute 'drop index if exists i'; end $$", /DROP INDEX i/],
    [
      "create function f() returns void language plpgsql as 'begin create index on t (a); end'",
      /function f/,
    ],
  ],
  passes: [
    "do $$ begin perform 1; -- alter table t\n end $$",
    "create function f() returns int language sql as 'select 1'",
    "do $$ begin create temp table x (a int); end $$",
  ],
});
