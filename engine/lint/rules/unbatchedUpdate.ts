// Points at updates of whole tables in one transaction.
import { relationName } from "../names.ts";
import { quoteTable, relationsIn } from "../tree.ts";
import { isKeyed } from "./keyed.ts";
import type { LintRule } from "./rule.ts";

/** UPDATE of an existing table that is no backfill. */
export const unbatchedUpdateRule: LintRule = {
  id: "unbatched-update",
  category: "data",
  level: "warning",
  grows: "alone",
  title: "an UPDATE of an existing table outside of a backfill",
  why: "Every row that it touches stays locked until the file is done, dead rows pile up, and replicas fall behind.",
  instead:
    "A backfill file: `-- lockstep: backfill table=... key=... remaining=...` runs it in batches and goes on where it stopped.",
  on: {
    UpdateStmt: ({ relation, whereClause, ...others }, { isNew, migration }) => {
      if (migration.backfill || isNew(relation) || isKeyed(whereClause)) return undefined;
      const table = relationName(relation);
      return {
        message: `the UPDATE keeps the rows of ${table} that it touches locked until the file is done`,
        remedy: "make it a backfill file, which commits in batches",
        rewrite: `-- lockstep: backfill table=${quoteTable(table)} key=id remaining=select count(*) from ${quoteTable(table)} where ...`,
        lock: { mode: "ROW EXCLUSIVE", table },
        ...(relationsIn([others, whereClause]).length > 0 && { grows: "beyond" as const }),
      };
    },
  },
};
