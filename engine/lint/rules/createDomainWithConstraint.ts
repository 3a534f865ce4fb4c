// Points at domains with a constraint.
import { dotted } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** CREATE DOMAIN ... CHECK. */
export const createDomainWithConstraintRule: LintRule = {
  id: "create-domain-with-constraint",
  category: "taste",
  level: "off",
  title: "CREATE DOMAIN with a constraint",
  why: "Changing the constraint later reads through every table that uses the domain.",
  instead: "A CHECK on the table.",
  on: {
    CreateDomainStmt: ({ domainname, constraints = [] }) =>
      constraints.length === 0
        ? undefined
        : {
            message: `a later change of ${dotted(domainname)} reads through every table that uses it`,
            remedy: "put the CHECK on the tables",
          },
  },
};
