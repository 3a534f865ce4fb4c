// Points at primary keys that go.
import { tableOf } from "../schema/schema.ts";
import type { LintRule } from "./rule.ts";

/** DROP CONSTRAINT of a primary key. */
export const dropsPrimaryKeyRule: LintRule = {
  id: "drops-primary-key",
  category: "compatibility",
  level: "warning",
  title: "a primary key that is dropped",
  why: "Logical replication cannot carry over updates and deletes of a table without replica identity: they fail from then on where the table is published.",
  instead: "Add the new primary key in the same statement, or set REPLICA IDENTITY first.",
  alter: ({ command, table, name }, { schema, isNew, statement }) => {
    if (command.subtype !== "AT_DropConstraint" || isNew(table)) return undefined;
    const known = tableOf(schema, table)?.constraints.get(name);
    const isPrimary = known ? known.kind === "primary" : /_pkey$/.test(name);
    const adds = /add\s+(constraint\s+\S+\s+)?primary\s+key/i.test(statement.sql);
    if (!isPrimary || adds) return undefined;
    return {
      message: `without its primary key ${table} has no replica identity: published updates and deletes fail`,
      remedy: "add the new key in the same statement, or set REPLICA IDENTITY first",
    };
  },
};
