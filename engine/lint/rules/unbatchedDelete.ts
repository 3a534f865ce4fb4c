// Points at deletes from whole tables in one transaction.
import { relationName } from "../names.ts";
import { quoteTable } from "../tree.ts";
import { isKeyed } from "./keyed.ts";
import type { LintRule } from "./rule.ts";

/** DELETE from an existing table that is no backfill. */
export const unbatchedDeleteRule: LintRule = {
  id: "unbatched-delete",
  category: "data",
  level: "warning",
  grows: "beyond",
  title: "a DELETE from an existing table outside of a backfill",
  why: "Every row that it removes stays locked until the file is done, dead rows pile up, and replicas fall behind.",
  instead: "A backfill file, which deletes in batches and goes on where it stopped.",
  on: {
    DeleteStmt: ({ relation, whereClause }, { isNew, migration }) => {
      if (migration.backfill || !whereClause || isNew(relation) || isKeyed(whereClause))
        return undefined;
      const table = relationName(relation);
      return {
        message: `the DELETE keeps the rows of ${table} that it removes locked until the file is done`,
        remedy: "make it a backfill file, which commits in batches",
        rewrite: `-- lockstep: backfill table=${quoteTable(table)} key=id remaining=select count(*) from ${quoteTable(table)} where ...`,
        lock: { mode: "ROW EXCLUSIVE", table },
      };
    },
  },
};
