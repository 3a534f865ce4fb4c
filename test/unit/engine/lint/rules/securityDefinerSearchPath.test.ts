// The rule security-definer-search-path.
import { ruleCases } from "../ruleCases.ts";

ruleCases("security-definer-search-path", {
  finds: [
    ["create function f() returns int language sql security definer as 'select 1'", /function f/],
  ],
  passes: [
    "create function f() returns int language sql security definer set search_path = pg_catalog, pg_temp as 'select 1'",
    "create function f() returns int language sql as 'select 1'",
  ],
});
