// Points at roles that may do everything.
import type { Node } from "@pgsql/types";
import { optionsOf, optionText } from "../tree.ts";
import type { Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** A role with SUPERUSER, BYPASSRLS or REPLICATION. */
export const superuserRoleRule: LintRule = {
  id: "superuser-role",
  category: "security",
  level: "warning",
  title: "a role with SUPERUSER, BYPASSRLS or REPLICATION",
  why: "Such a role goes past all rights and row security.",
  instead: "A role with the rights that it needs.",
  on: {
    CreateRoleStmt: ({ role = "?", options }) => mighty(role, options),
    AlterRoleStmt: ({ role, options }) => mighty(role?.rolename ?? "?", options),
  },
};

const MIGHTY: Readonly<Record<string, string>> = {
  superuser: "SUPERUSER",
  bypassrls: "BYPASSRLS",
  isreplication: "REPLICATION",
};

function mighty(role: string, options: readonly Node[] | undefined): Hit | undefined {
  const found = [...optionsOf(options)].find(
    ([name, element]) => name in MIGHTY && optionText(element) !== "false",
  );
  if (!found) return undefined;
  return {
    message: `role ${role} gets ${MIGHTY[found[0]] ?? "?"}, which goes past all rights`,
    remedy: "give it the rights that it needs",
  };
}
