// Points at CLUSTER.
import { relationName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** CLUSTER. */
export const clusterRewritesRule: LintRule = {
  id: "cluster-rewrites",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "CLUSTER",
  why: "It writes the whole table anew under ACCESS EXCLUSIVE.",
  instead: "pg_repack, outside of a release.",
  on: {
    ClusterStmt: ({ relation }, { isNew }) =>
      relation && isNew(relation)
        ? undefined
        : {
            message: `CLUSTER writes ${relation ? relationName(relation) : "all clustered tables"} anew while nobody may read or write`,
            remedy: "leave it out of the release; pg_repack does it without the lock",
            lock: { mode: "ACCESS EXCLUSIVE", table: relation ? relationName(relation) : "?" },
          },
  },
};
