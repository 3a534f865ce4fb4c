// Points at constraints whose two steps are taken in one transaction.
import { withoutPublic } from "../names.ts";
import { alterParts } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** ADD ... NOT VALID and VALIDATE in one file. */
export const validatedInSameTransactionRule: LintRule = {
  id: "validated-in-same-transaction",
  category: "locks",
  level: "warning",
  grows: "alone",
  title: "NOT VALID and VALIDATE CONSTRAINT in one file",
  why: "The strong lock of the first step is held until the transaction ends, so the scan of the second keeps everybody out after all.",
  instead: "VALIDATE CONSTRAINT in the next file.",
  alter: ({ command, table, name }, { isNew, statements, index, migration }) => {
    if (command.subtype !== "AT_ValidateConstraint" || isNew(table)) return undefined;
    if (!migration.transactional) return undefined;
    const adds = statements
      .slice(0, index + 1)
      .some(
        ({ node }) =>
          "AlterTableStmt" in node &&
          alterParts(node.AlterTableStmt).some(
            (part) =>
              part.command.subtype === "AT_AddConstraint" &&
              withoutPublic(part.table) === withoutPublic(table) &&
              (part.constraint?.conname ?? name) === name,
          ),
      );
    if (!adds) return undefined;
    return {
      message: `${name} is added and validated in one transaction: ${table} stays locked while its rows are read`,
      remedy: "move VALIDATE CONSTRAINT to the next file",
      lock: { mode: "ACCESS EXCLUSIVE", table },
    };
  },
};
