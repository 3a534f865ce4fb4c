// Points at keys of partitioned tables that PostgreSQL refuses.
import { constraintsOf } from "../columns.ts";
import { relationName } from "../names.ts";
import { constraintColumns, tableConstraints } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** A primary key or unique constraint without the partition key. */
export const partitionKeyNotInUniqueRule: LintRule = {
  id: "partition-key-not-in-unique",
  category: "correctness",
  level: "error",
  title: "a PRIMARY KEY or UNIQUE that leaves the partition key out",
  why: "PostgreSQL refuses it: each partition can only see to its own rows.",
  instead: "Add the partition key's columns to it.",
  on: {
    CreateStmt: ({ relation, partspec, tableElts = [], ...rest }) => {
      const parts = partspec?.partParams ?? [];
      const keys = parts.flatMap((node) =>
        "PartitionElem" in node ? (node.PartitionElem.name ?? "(...)") : [],
      );
      if (keys.length === 0) return undefined;
      const inline = tableElts.flatMap((node) =>
        "ColumnDef" in node
          ? constraintsOf(node.ColumnDef).map((one) => ({
              one,
              columns: [node.ColumnDef.colname ?? "?"],
            }))
          : [],
      );
      const listed = tableConstraints({ ...rest, tableElts }).map((one) => ({
        one,
        columns: constraintColumns(one),
      }));
      return [...inline, ...listed].flatMap(({ one, columns }) => {
        if (!/PRIMARY|UNIQUE/.test(one.contype ?? "")) return [];
        const missing = keys.filter((key) => !columns.includes(key));
        if (missing.length === 0) return [];
        return {
          message: `a unique key of ${relationName(relation)} must hold the partition key, ${missing.join(", ")} among it`,
          remedy: "add the partition key to it",
          at: one.location,
        };
      });
    },
  },
};
