// The rule copy-from-server.
import { ruleCases } from "../ruleCases.ts";

ruleCases("copy-from-server", {
  finds: [
    ["copy t from '/tmp/t.csv'", /\/tmp\/t.csv/],
    ["copy t from program 'ls'", /program/],
  ],
  passes: ["insert into t (a) values (1)"],
});
