// Points at schema changes hidden in DO blocks and functions.
import { dotted } from "../names.ts";
import { optionsOf, optionText } from "../tree.ts";
import { findDdl } from "./codeWords.ts";
import type { Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** DDL in the text of a DO block or a function. */
export const ddlInCodeRule: LintRule = {
  id: "ddl-in-code",
  category: "correctness",
  level: "warning",
  title: "a schema change in a DO block or a function",
  why: "Nobody sees its stage, its locks or its risk: they are not predicted, and not waited for.",
  instead: "Plain statements; IF EXISTS and IF NOT EXISTS often spare the block.",
  on: {
    DoStmt: ({ args }) => hidden(optionText(optionsOf(args).get("as")), "the DO block"),
    CreateFunctionStmt: ({ funcname, options }) =>
      hidden(optionText(optionsOf(options).get("as")), `function ${dotted(funcname)}`),
  },
};

function hidden(body: string, what: string): Hit | undefined {
  const found = findDdl(body);
  if (found === undefined) return undefined;
  return {
    message: `${what} holds ${found.text}: its locks are neither predicted nor waited for`,
    remedy: "write it as a statement of its own",
  };
}
