// Points at row security that hides all rows.
import { relationName, withoutPublic } from "../names.ts";
import { tableOf } from "../schema/schema.ts";
import type { LintRule } from "./rule.ts";

/** ENABLE ROW LEVEL SECURITY without a policy. */
export const rowSecurityWithoutPolicyRule: LintRule = {
  id: "row-security-without-policy",
  category: "compatibility",
  level: "warning",
  title: "ENABLE ROW LEVEL SECURITY on a table without a policy",
  why: "Without a policy nobody but the owner sees or writes any row.",
  instead: "CREATE POLICY in the same file, before or after.",
  alter: ({ command, table }, { schema, statements }) => {
    if (command.subtype !== "AT_EnableRowSecurity") return undefined;
    const has =
      (tableOf(schema, table)?.policies ?? 0) > 0 ||
      statements.some(
        ({ node }) =>
          "CreatePolicyStmt" in node &&
          withoutPublic(relationName(node.CreatePolicyStmt.table)) === withoutPublic(table),
      );
    if (has) return undefined;
    return {
      message: `the files hold no policy for ${table}: nobody but its owner sees or writes a row of it`,
      remedy: "create the policies in the same file",
      lock: { mode: "ACCESS EXCLUSIVE", table },
    };
  },
};
