// Points at constraints that are added to domains.
import { dotted } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** ALTER DOMAIN ... ADD CONSTRAINT without NOT VALID. */
export const domainConstraintScansRule: LintRule = {
  id: "domain-constraint-scans",
  category: "locks",
  level: "warning",
  title: "ALTER DOMAIN ... ADD CONSTRAINT or SET NOT NULL",
  why: "Every table with a column of the domain is read through, each under a SHARE lock that holds off its writes.",
  instead: "ADD CONSTRAINT ... NOT VALID, and VALIDATE CONSTRAINT in the next file.",
  on: {
    AlterDomainStmt: ({ typeName, subtype, def }, { statement }) => {
      const domain = dotted(typeName);
      const isCheck =
        subtype === "C" && !(def && "Constraint" in def && def.Constraint.skip_validation);
      if (!isCheck && subtype !== "O") return undefined;
      return {
        message: `every table with a column of domain ${domain} is read through while writes to it wait`,
        remedy: isCheck
          ? "add it NOT VALID, and validate it in the next file"
          : "add CHECK (VALUE IS NOT NULL) NOT VALID in its place, and validate it in the next file",
        ...(isCheck && { rewrite: `${statement.sql} NOT VALID` }),
      };
    },
  },
};
