// Points at schema changes and changes of rows in one transaction.
import type { Node, RangeVar } from "@pgsql/types";
import { relationName, withoutPublic } from "../names.ts";
import { isKeyed } from "./keyed.ts";
import type { LintRule } from "./rule.ts";

/** DDL on an existing table and UPDATE or DELETE of existing rows in one file. */
export const ddlWithBackfillRule: LintRule = {
  id: "ddl-with-backfill",
  category: "transaction",
  level: "warning",
  title: "a schema change together with a change of rows",
  why: "The schema change's lock is held while the rows are worked through, and the rows' locks until the end.",
  instead: "Two files: the schema change, then a backfill.",
  file: ({ statements, migration, isNew }) => {
    if (!migration.transactional) return undefined;
    const made = new Set(
      statements.flatMap(({ node }) =>
        "CreateStmt" in node ? withoutPublic(relationName(node.CreateStmt.relation)) : [],
      ),
    );
    const isOld = (relation: RangeVar | undefined) =>
      relation && !made.has(withoutPublic(relationName(relation))) && !isNew(relation);
    const ddl = statements.find(
      ({ node }) => "AlterTableStmt" in node && isOld(node.AlterTableStmt.relation),
    );
    const rows = statements.find(({ node }) => isOld(changedRows(node)));
    if (!ddl || !rows) return undefined;
    const table =
      "AlterTableStmt" in ddl.node ? relationName(ddl.node.AlterTableStmt.relation) : "?";
    return {
      message: `rows of ${relationName(changedRows(rows.node))} are changed in the transaction that alters ${table}`,
      remedy: "two files: the schema change first, then a backfill",
      statement: rows,
      lock: { mode: "ACCESS EXCLUSIVE", table },
    };
  },
};

function changedRows(node: Node): RangeVar | undefined {
  if ("UpdateStmt" in node)
    return isKeyed(node.UpdateStmt.whereClause) ? undefined : node.UpdateStmt.relation;
  if ("DeleteStmt" in node)
    return isKeyed(node.DeleteStmt.whereClause) ? undefined : node.DeleteStmt.relation;
  return undefined;
}
