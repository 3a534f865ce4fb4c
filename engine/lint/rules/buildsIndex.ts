// What is said of a constraint whose index is built under its lock.
import type { Constraint } from "@pgsql/types";
import { quoteName, quoteTable } from "../tree.ts";
import type { Hit } from "./rule.ts";

/** A unique constraint or a primary key without USING INDEX. */
export interface IndexBuild {
  readonly table: string;
  readonly columns: readonly string[];
  readonly kind: "UNIQUE" | "PRIMARY KEY";
  readonly constraint: Constraint;
}

/** The hit, with the two steps that keep the table open. */
export function buildsIndex({ table, columns, kind, constraint }: IndexBuild): Hit {
  const bare = table.split(".").at(-1) ?? table;
  const suffix = kind === "UNIQUE" ? `${columns.join("_")}_key` : "pkey";
  const name = quoteName(constraint.conname ?? `${bare}_${suffix}`);
  const keys = columns.map(quoteName).join(", ");
  return {
    message: `${kind} on ${table} builds its index while nobody may read or write the table`,
    remedy: "build a unique index CONCURRENTLY in a file of its own, then take it over USING INDEX",
    at: constraint.location,
    lock: { mode: "ACCESS EXCLUSIVE", table },
    rewrite: [
      `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${quoteTable(table)} (${keys});`,
      "-- in the next file:",
      `ALTER TABLE ${quoteTable(table)} ADD CONSTRAINT ${name} ${kind} USING INDEX ${name};`,
    ].join("\n"),
  };
}
