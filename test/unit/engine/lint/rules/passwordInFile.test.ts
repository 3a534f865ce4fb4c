// The rule password-in-file.
import { ruleCases } from "../ruleCases.ts";

ruleCases("password-in-file", {
  finds: [
    ["create role r login password 'secret'", /password of r/],
    ["alter role r password 'secret'", /secrets are kept/],
  ],
  passes: [
    "create role r login",
    "alter role r password null",
    "alter role r password 'SCRAM-SHA-256$4096:x$y:z'",
  ],
});
