// Points at SET NOT NULL that reads the whole table.
import { strings } from "../names.ts";
import { tableOf } from "../schema/schema.ts";
import { quoteName, quoteTable } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** SET NOT NULL without a validated check that proves it. */
export const setNotNullScansRule: LintRule = {
  id: "set-not-null-scans",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "SET NOT NULL without a validated CHECK",
  why: "Every row is read under ACCESS EXCLUSIVE.",
  instead:
    "CHECK (c IS NOT NULL) NOT VALID, VALIDATE it in the next file, then SET NOT NULL, which takes the check's word for it (PostgreSQL 12 and newer), then drop the check.",
  alter: ({ command, table, name, constraint }, { isNew, schema }) => {
    const isNamed = constraint?.contype === "CONSTR_NOTNULL" && !constraint.skip_validation;
    const column = isNamed ? (strings(constraint.keys)[0] ?? "?") : name;
    if (command.subtype !== "AT_SetNotNull" && !isNamed) return undefined;
    if (isNew(table)) return undefined;
    const known = tableOf(schema, table);
    if (known?.columns.get(column)?.notNull) return undefined;
    const proven = [...(known?.constraints.values() ?? [])].some(
      ({ validated, provesNotNull }) => validated && provesNotNull === column,
    );
    if (proven) return undefined;
    const check = quoteName(`${table.split(".").at(-1) ?? table}_${column}_not_null`);
    const [on, quoted] = [quoteTable(table), quoteName(column)];
    return {
      message: `SET NOT NULL on ${table}.${column} reads every row while nobody else may`,
      remedy: "prove it first with a validated CHECK",
      lock: { mode: "ACCESS EXCLUSIVE", table },
      rewrite: [
        `ALTER TABLE ${on} ADD CONSTRAINT ${check} CHECK (${quoted} IS NOT NULL) NOT VALID;`,
        "-- in the next file:",
        `ALTER TABLE ${on} VALIDATE CONSTRAINT ${check};`,
        "-- in the one after it:",
        `ALTER TABLE ${on} ALTER COLUMN ${quoted} SET NOT NULL;`,
        `ALTER TABLE ${on} DROP CONSTRAINT ${check};`,
      ].join("\n"),
    };
  },
};
