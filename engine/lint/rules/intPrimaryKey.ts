// Points at primary keys that run out.
import { constraintColumns, tableConstraints } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** A primary key of type int or smallint. */
export const intPrimaryKeyRule: LintRule = {
  id: "int-primary-key",
  category: "correctness",
  level: "info",
  title: "a primary key of type integer, serial or smaller",
  why: "It ends at 2,147,483,647 (32,767 for smallint); then every insert fails, and making it wider rewrites the table and all that refers to it.",
  instead: "bigint.",
  column: ({ table, name, type, column, constraints }, { statement }) => {
    const isKey =
      constraints.some(({ contype }) => contype === "CONSTR_PRIMARY") ||
      ("CreateStmt" in statement.node &&
        tableConstraints(statement.node.CreateStmt).some(
          (found) =>
            found.contype === "CONSTR_PRIMARY" && String(constraintColumns(found)) === name,
        ));
    if (!isKey || !/^(int[24]|serial[24]?|smallserial)$/.test(type)) return undefined;
    return {
      message: `${table}.${name} runs out of numbers at ${/2|small/.test(type) ? "32,767" : "2,147,483,647"}`,
      remedy: "use bigint",
      at: column.typeName?.location ?? column.location,
    };
  },
};
