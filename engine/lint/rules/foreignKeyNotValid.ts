// Points at foreign keys that are validated while both tables are locked.
import { constraintsOf, hasDefault } from "../columns.ts";
import { notValidHit } from "./notValid.ts";
import type { LintRule } from "./rule.ts";

/** A foreign key on an existing table without NOT VALID. */
export const foreignKeyNotValidRule: LintRule = {
  id: "foreign-key-not-valid",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ADD FOREIGN KEY without NOT VALID",
  why: "Every row is looked up under SHARE ROW EXCLUSIVE on both tables: writes to both wait until it is done.",
  instead: "ADD CONSTRAINT ... NOT VALID, and VALIDATE CONSTRAINT in the next file.",
  alter: ({ command, table, constraint, column }, context) => {
    if (context.isNew(table)) return undefined;
    if (command.subtype === "AT_AddConstraint" && constraint?.contype === "CONSTR_FOREIGN") {
      if (constraint.skip_validation || constraint.is_enforced === false) return undefined;
      return notValidHit({ table, constraint, kind: "foreign key" }, context);
    }
    if (command.subtype !== "AT_AddColumn" || !column) return undefined;
    // Without a default the new column is null in every row, and PostgreSQL looks none up.
    const inline = constraintsOf(column).find(({ contype }) => contype === "CONSTR_FOREIGN");
    return inline && hasDefault(column)
      ? notValidHit({ table, constraint: inline, kind: "foreign key", inline: true }, context)
      : undefined;
  },
};
