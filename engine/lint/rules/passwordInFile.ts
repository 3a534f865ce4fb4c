// Points at passwords in migrations.
import type { Node } from "@pgsql/types";
import { optionsOf, optionText } from "../tree.ts";
import type { Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** PASSWORD in CREATE ROLE or ALTER ROLE. */
export const passwordInFileRule: LintRule = {
  id: "password-in-file",
  category: "security",
  level: "warning",
  title: "a password in a file",
  why: "Everybody who reads the repository, the server's log or pg_stat_statements has it.",
  instead: "CREATE ROLE without a password; set it from where secrets are kept.",
  on: {
    CreateRoleStmt: ({ role = "?", options }) => password(role, options),
    AlterRoleStmt: ({ role, options }) => password(role?.rolename ?? "?", options),
    CreateUserMappingStmt: ({ servername = "?", options }) => password(servername, options),
  },
};

function password(owner: string, options: readonly Node[] | undefined): Hit | undefined {
  const found = optionsOf(options).get("password");
  // A SCRAM verifier or an md5 hash is no password, and PASSWORD NULL takes it away.
  if (!found || /^(SCRAM-SHA-256\$|md5[0-9a-f]{32}$|$)/.test(optionText(found))) return undefined;
  return {
    message: `the password of ${owner} stands in the file, and will stand in the server's log`,
    remedy: "set it from where secrets are kept, not in a migration",
  };
}
