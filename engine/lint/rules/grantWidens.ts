// Points at rights that are given to many or in full.
import type { LintRule } from "./rule.ts";

/** GRANT to PUBLIC, of ALL, or WITH GRANT OPTION. */
export const grantWidensRule: LintRule = {
  id: "grant-widens",
  category: "security",
  level: "warning",
  title: "GRANT to PUBLIC, of ALL PRIVILEGES, or WITH GRANT OPTION",
  why: "More may read or write than need to, among them roles that do not exist yet.",
  instead: "The rights by name, to the roles that need them.",
  on: {
    GrantStmt: ({ is_grant: isGrant, privileges = [], grantees = [], grant_option: passes }) => {
      if (!isGrant) return undefined;
      const toAll = grantees.some(
        (node) => "RoleSpec" in node && node.RoleSpec.roletype === "ROLESPEC_PUBLIC",
      );
      const what = toAll ? "to PUBLIC" : passes ? "WITH GRANT OPTION" : "of ALL PRIVILEGES";
      if (!toAll && !passes && privileges.length > 0) return undefined;
      return {
        message: `GRANT ${what} gives more than a role needs`,
        remedy: "name the rights, and the roles that need them",
      };
    },
  },
};
