// Points at checks that are validated while the table is locked.
import { constraintsOf } from "../columns.ts";
import { notValidHit } from "./notValid.ts";
import type { LintRule } from "./rule.ts";

/** A CHECK on an existing table without NOT VALID. */
export const checkNotValidRule: LintRule = {
  id: "check-not-valid",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "ADD CHECK without NOT VALID",
  why: "Every row is read under ACCESS EXCLUSIVE: nobody reads or writes the table meanwhile.",
  instead:
    "ADD CONSTRAINT ... NOT VALID, and VALIDATE CONSTRAINT in the next file, which lets reads and writes go on.",
  alter: ({ command, table, constraint, column }, context) => {
    if (context.isNew(table)) return undefined;
    if (command.subtype === "AT_AddConstraint" && constraint?.contype === "CONSTR_CHECK") {
      if (constraint.skip_validation || constraint.is_enforced === false) return undefined;
      return notValidHit({ table, constraint, kind: "check" }, context);
    }
    if (command.subtype !== "AT_AddColumn" || !column) return undefined;
    const inline = constraintsOf(column).find(({ contype }) => contype === "CONSTR_CHECK");
    return (
      inline && notValidHit({ table, constraint: inline, kind: "check", inline: true }, context)
    );
  },
};
