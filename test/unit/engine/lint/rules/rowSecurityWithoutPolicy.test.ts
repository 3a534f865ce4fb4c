// The rule row-security-without-policy.
import { ruleCases } from "../ruleCases.ts";

ruleCases("row-security-without-policy", {
  finds: [["alter table t enable row level security", /no policy for t/]],
  passes: [
    "alter table t enable row level security; create policy p on t using (true)",
    [
      "create table t (id bigint primary key, a int, b text); create policy p on t using (true)",
      "alter table t enable row level security",
    ],
  ],
});
