// The rule validated-in-same-transaction.
import { ruleCases } from "../ruleCases.ts";

ruleCases("validated-in-same-transaction", {
  finds: [
    [
      "alter table t add constraint c check (a > 0) not valid; alter table t validate constraint c",
      /next file/,
    ],
  ],
  passes: [
    "alter table t validate constraint c",
    [
      "alter table t add constraint c check (a > 0) not valid",
      "alter table t validate constraint c",
    ],
  ],
});
