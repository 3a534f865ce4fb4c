// Points at foreign keys whose columns have no index.
import type { Constraint, Node } from "@pgsql/types";
import { relationName, withoutPublic } from "../names.ts";
import { indexColumns } from "../schema/applyStatement.ts";
import { indexesOf } from "../schema/schema.ts";
import {
  alterParts,
  columnParts,
  constraintColumns,
  quoteName,
  quoteTable,
  tableConstraints,
} from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** A foreign key on columns that no index begins with. */
export const foreignKeyWithoutIndexRule: LintRule = {
  id: "foreign-key-without-index",
  category: "correctness",
  level: "info",
  title: "a foreign key whose columns have no index",
  why: "Each delete or change of key in the other table reads this one through, under locks.",
  instead: "An index on the columns, before the foreign key.",
  file: ({ statements, schema }) => {
    // Indexes that stand in the same file count, wherever they stand.
    const built = new Set(
      statements.flatMap(({ node }) =>
        "IndexStmt" in node && !node.IndexStmt.whereClause
          ? `${withoutPublic(relationName(node.IndexStmt.relation))} ${indexColumns(node.IndexStmt)[0] ?? ""}`
          : [],
      ),
    );
    return statements.flatMap((statement) =>
      keysOf(statement.node).flatMap(({ table, column, covered, at }) => {
        const indexed =
          covered ||
          built.has(`${table} ${column}`) ||
          indexesOf(schema, table).some((index) => !index.partial && index.columns[0] === column);
        return indexed
          ? []
          : {
              message: `no index of ${table} begins with ${column}: deletes in the table that it refers to read all of ${table}`,
              remedy: `create an index on ${table} (${column}) first`,
              rewrite: `CREATE INDEX CONCURRENTLY ON ${quoteTable(table)} (${quoteName(column)});`,
              statement,
              at,
            };
      }),
    );
  },
};

interface Key {
  readonly table: string;
  /** The first of its columns. */
  readonly column: string;
  /** A primary key or unique constraint of the same statement begins with it. */
  readonly covered: boolean;
  readonly at: number | undefined;
}

function keysOf(node: Node): readonly Key[] {
  const listed: { table: string; constraint: Constraint; column?: string }[] = [
    ...("CreateStmt" in node
      ? tableConstraints(node.CreateStmt).map((constraint) => ({
          table: relationName(node.CreateStmt.relation),
          constraint,
        }))
      : []),
    ...("AlterTableStmt" in node
      ? alterParts(node.AlterTableStmt).flatMap(({ table, constraint }) =>
          constraint ? { table, constraint } : [],
        )
      : []),
    ...columnParts(node).flatMap(({ table, name, constraints }) =>
      constraints.map((constraint) => ({ table, constraint, column: name })),
    ),
  ];
  const first = ({ constraint, column }: (typeof listed)[number]) =>
    constraintColumns(constraint)[0] ?? column ?? "?";
  const unique = new Set(
    listed
      .filter(({ constraint }) => /PRIMARY|UNIQUE/.test(constraint.contype ?? ""))
      .map((one) => first(one)),
  );
  return listed
    .filter(({ constraint }) => constraint.contype === "CONSTR_FOREIGN")
    .map((one) => ({
      table: withoutPublic(one.table),
      column: first(one),
      covered: unique.has(first(one)),
      at: one.constraint.location,
    }));
}
