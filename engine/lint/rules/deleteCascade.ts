// Points at foreign keys that delete.
import { findAll } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** ON DELETE CASCADE. */
export const deleteCascadeRule: LintRule = {
  id: "delete-cascade",
  category: "taste",
  level: "off",
  title: "ON DELETE CASCADE",
  why: "One DELETE may take rows of many tables along, unseen by the code that wrote it.",
  instead: "ON DELETE RESTRICT, and deletes that are written out.",
  file: ({ statements }) =>
    statements.flatMap((statement) =>
      findAll(statement.node, "Constraint")
        .filter(({ fk_del_action: action }) => action === "c")
        .map(({ location }) => ({
          message: "a DELETE in the other table takes these rows along",
          remedy: "write the deletes out where they are meant",
          statement,
          at: typeof location === "number" ? location : undefined,
        })),
    ),
};
