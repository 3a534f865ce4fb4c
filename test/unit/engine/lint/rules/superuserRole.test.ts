// The rule superuser-role.
import { ruleCases } from "../ruleCases.ts";

ruleCases("superuser-role", {
  finds: [
    ["create role r superuser", /SUPERUSER/],
    ["alter role r bypassrls", /BYPASSRLS/],
  ],
  passes: ["create role r login", "alter role r nosuperuser"],
});
