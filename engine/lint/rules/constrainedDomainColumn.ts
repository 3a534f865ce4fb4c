// Points at new columns whose domain has a constraint.
import type { LintRule } from "./rule.ts";

/** ADD COLUMN of a domain with a constraint. */
export const constrainedDomainColumnRule: LintRule = {
  id: "constrained-domain-column",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ADD COLUMN of a domain that has a constraint",
  why: "PostgreSQL checks the constraint row by row and writes the table anew under ACCESS EXCLUSIVE.",
  instead: "A column of the plain type, with a CHECK NOT VALID that is validated in the next file.",
  column: ({ table, name, type, column, isAdded }, { isNew, schema }) =>
    !isAdded || isNew(table) || !schema.strictDomains.has(type)
      ? undefined
      : {
          message: `domain ${type} has a constraint: adding ${table}.${name} writes every row anew while nobody may read or write`,
          remedy: "use the plain type and a CHECK NOT VALID, validated in the next file",
          at: column.location,
          lock: { mode: "ACCESS EXCLUSIVE", table },
        },
};
