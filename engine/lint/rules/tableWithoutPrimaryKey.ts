// Points at tables without a primary key.
import type { Node } from "@pgsql/types";
import { relationName } from "../names.ts";
import { findAll } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** CREATE TABLE without a primary key. */
export const tableWithoutPrimaryKeyRule: LintRule = {
  id: "table-without-primary-key",
  category: "correctness",
  level: "info",
  title: "CREATE TABLE without a primary key",
  why: "Where the table is published, updates and deletes fail for want of a replica identity; backfills find no key to walk.",
  instead: "A primary key.",
  file: ({ statements }) =>
    statements.flatMap((statement, index) => {
      if (!("CreateStmt" in statement.node)) return [];
      const { relation, inhRelations, ofTypename, partbound } = statement.node.CreateStmt;
      if (relation?.relpersistence === "t" || inhRelations || ofTypename || partbound) return [];
      const name = relationName(relation);
      const isLater = statements
        .slice(index)
        .some(
          ({ node }) =>
            ("CreateStmt" in node ? node === statement.node : alters(node, name)) && hasKey(node),
        );
      return isLater || copiesIndexes(statement.node)
        ? []
        : {
            message: `${name} has no primary key: published updates and deletes of it fail, and no backfill can walk it`,
            remedy: "give it one",
            statement,
            at: relation?.location,
          };
    }),
};

function hasKey(node: Node): boolean {
  return findAll(node, "Constraint").some(({ contype }) => contype === "CONSTR_PRIMARY");
}

function alters(node: Node, table: string): boolean {
  return "AlterTableStmt" in node && relationName(node.AlterTableStmt.relation) === table;
}

/** LIKE ... INCLUDING INDEXES or ALL. */
function copiesIndexes(node: Node): boolean {
  const INDEXES = 32;
  return findAll(node, "TableLikeClause").some(({ options }) => (Number(options) & INDEXES) !== 0);
}
