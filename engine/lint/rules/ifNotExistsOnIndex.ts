// Points at IF NOT EXISTS that takes a broken index for a good one.
import type { IndexStmt } from "@pgsql/types";
import { relationName, withoutPublic } from "../names.ts";
import type { Hit, LintRule, ServerFacts } from "./rule.ts";

/** CREATE INDEX CONCURRENTLY IF NOT EXISTS; where the database is seen, also without CONCURRENTLY over an index that is INVALID. */
export const ifNotExistsOnIndexRule: LintRule = {
  id: "if-not-exists-on-index",
  category: "correctness",
  level: "warning",
  title: "CREATE INDEX CONCURRENTLY IF NOT EXISTS",
  why: "A build that failed leaves an INVALID index behind. IF NOT EXISTS takes it for the index: the migration counts as applied, and no query ever uses it. Where the database is seen and holds such an index, a statement without CONCURRENTLY is refused; before one with it lockstep drops the index.",
  instead:
    "Without IF NOT EXISTS: what an interrupted run left INVALID lockstep drops and builds again.",
  on: {
    IndexStmt: (node, { statement, server }) => {
      if (!node.if_not_exists) return undefined;
      const { concurrent, idxname = "?" } = node;
      if (isInvalid(node, server)) return invalidHit(idxname, !!concurrent);
      if (!concurrent) return undefined;
      return {
        message: `an INVALID ${idxname} that a failed build left would be taken for the index`,
        remedy: "leave IF NOT EXISTS out; lockstep itself drops what its own build left INVALID",
        rewrite: statement.sql.replace(/\bif\s+not\s+exists\s+/i, ""),
      };
    },
  },
};

/** An index lies in its table's schema. */
function isInvalid({ relation, idxname }: IndexStmt, { invalidIndexes }: ServerFacts): boolean {
  if (idxname === undefined) return false;
  const name = relationName({ ...relation, relname: idxname });
  return invalidIndexes?.has(withoutPublic(name)) ?? false;
}

function invalidHit(name: string, isConcurrent: boolean): Hit {
  const there = `${name} is there and INVALID`;
  return isConcurrent
    ? {
        severity: "info",
        message: `${there}: lockstep drops it before it is built again`,
        remedy: "nothing; or leave IF NOT EXISTS out, for whoever runs the file without lockstep",
      }
    : {
        severity: "error",
        message: `${there}: IF NOT EXISTS would take it for the index, and no query would ever use it`,
        remedy: `drop it first (DROP INDEX CONCURRENTLY ${name}), or build it CONCURRENTLY: then lockstep drops it`,
      };
}
