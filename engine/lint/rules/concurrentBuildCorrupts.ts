// Points at builds that PostgreSQL 14.0 to 14.3 get wrong.
import type { LintRule } from "./rule.ts";

/** CREATE INDEX CONCURRENTLY on a server with a known fault. */
export const concurrentBuildCorruptsRule: LintRule = {
  id: "concurrent-build-corrupts",
  category: "correctness",
  level: "error",
  title: "CREATE INDEX CONCURRENTLY on PostgreSQL 14.0 to 14.3",
  why: "Said where the database is seen. These versions can leave rows out of the index (fixed in 14.4).",
  instead: "An update of the server first.",
  on: {
    IndexStmt: ({ concurrent, idxname = "the index" }, { server: { version = 0 } }) =>
      concurrent && version >= 140_000 && version < 140_004
        ? {
            message: `this server (14.${version - 140_000}) can leave rows out of ${idxname}`,
            remedy: "update it to 14.4 or newer first",
          }
        : undefined,
  },
};
