// The rule domain-constraint-scans.
import { ruleCases } from "../ruleCases.ts";

ruleCases("domain-constraint-scans", {
  finds: [
    ["alter domain d add constraint c check (value > 0)", /NOT VALID/],
    ["alter domain d set not null", /IS NOT NULL/],
  ],
  passes: [
    "alter domain d add constraint c check (value > 0) not valid",
    "alter domain d drop constraint c",
  ],
});
