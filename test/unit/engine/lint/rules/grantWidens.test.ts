// The rule grant-widens.
import { ruleCases } from "../ruleCases.ts";

ruleCases("grant-widens", {
  finds: [
    ["grant select on t to public", /to PUBLIC/],
    ["grant all on t to app", /ALL PRIVILEGES/],
    ["grant select on t to app with grant option", /GRANT OPTION/],
  ],
  passes: ["grant select, insert on t to app", "revoke all on t from public"],
});
