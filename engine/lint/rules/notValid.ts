// What is said of a constraint whose rows are checked at once.
import type { Constraint } from "@pgsql/types";
import { relationName } from "../names.ts";
import { readConstraint } from "../schema/constraints.ts";
import { quoteName, quoteTable } from "../tree.ts";
import type { Hit, RuleContext } from "./rule.ts";

/** A constraint that is added and validated in one. */
export interface NotValidCase {
  readonly table: string;
  readonly constraint: Constraint;
  readonly kind: "check" | "foreign key";
  /** It stands behind a new column. */
  readonly inline?: boolean;
}

/** The hit, with both steps of the safe way. */
export function notValidHit(found: NotValidCase, { statement }: RuleContext): Hit {
  const { table, constraint, kind, inline = false } = found;
  const name = readConstraint(constraint, table)?.name ?? "name";
  const isForeign = kind === "foreign key";
  const both = isForeign ? `${table} and ${relationName(constraint.pktable)}` : table;
  const validate = `ALTER TABLE ${quoteTable(table)} VALIDATE CONSTRAINT ${quoteName(name)};`;
  const isAlone =
    !inline && !statement.sql.includes(",\n") && statement.sql.split(/\badd\b/i).length === 2;
  return {
    message: isForeign
      ? `the new ${kind} looks up every row of ${table} while writes to ${both} wait`
      : `the new ${kind} reads every row of ${table} while nobody else may`,
    remedy: inline
      ? "add the column without it, then the constraint NOT VALID, and validate it in the next file"
      : "add it NOT VALID, and validate it in the next file",
    at: constraint.location,
    lock: { mode: isForeign ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE", table },
    ...(isAlone && { rewrite: `${statement.sql} NOT VALID;\n-- in the next file:\n${validate}` }),
  };
}
