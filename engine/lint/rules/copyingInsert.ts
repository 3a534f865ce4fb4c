// Points at inserts that copy an existing table in one transaction.
import type { Node } from "@pgsql/types";
import { relationName } from "../names.ts";
import { isKeyed } from "./keyed.ts";
import type { FileContext, Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** INSERT ... SELECT and CREATE TABLE AS from an existing table. */
export const copyingInsertRule: LintRule = {
  id: "copying-insert",
  category: "data",
  level: "info",
  title: "INSERT ... SELECT or CREATE TABLE AS from an existing table",
  why: "What is copied is one transaction: its snapshot holds back VACUUM for as long as it takes, and rows that change meanwhile are missed.",
  instead: "A backfill file with INSERT ... SELECT, and a trigger for what changes meanwhile.",
  on: {
    InsertStmt: ({ selectStmt, relation }, { isNew, migration }) => {
      if (migration.backfill || !selectStmt) return undefined;
      return copies(selectStmt, relationName(relation), isNew);
    },
    CreateTableAsStmt: ({ query, into, objtype }, { isNew }) =>
      objtype === "OBJECT_TABLE" && !into?.skipData
        ? copies(query, relationName(into?.rel), isNew)
        : undefined,
  },
};

function copies(
  query: Node | undefined,
  into: string,
  isNew: FileContext["isNew"],
): Hit | undefined {
  if (!query || !("SelectStmt" in query)) return undefined;
  const { fromClause = [], whereClause, limitCount } = query.SelectStmt;
  if (limitCount || isKeyed(whereClause)) return undefined;
  const [source] = fromClause.flatMap((node) =>
    "RangeVar" in node && !isNew(node.RangeVar) ? relationName(node.RangeVar) : [],
  );
  if (source === undefined) return undefined;
  return {
    message: `copying ${source} into ${into} is one transaction, however long it takes`,
    remedy: "make it a backfill file; a trigger has to carry over what changes meanwhile",
  };
}
