// Points at statements whose text does not tell what they do.
import type { LintRule } from "./rule.ts";
import { statementHits } from "./statementHits.ts";

/** DO, CALL and SELECT of a function: nobody can tell their stage, locks or risk beforehand. */
export const opaqueStatementRule: LintRule = {
  id: "opaque-statement",
  category: "correctness",
  level: "warning",
  title: "a DO block, a CALL or a SELECT of a function",
  why: "What the code does is decided when it runs: stage, locks and risk cannot be told from the file.",
  instead: "Plain statements where they will do. Else check stage and locks yourself.",
  file: (context) =>
    statementHits(
      context,
      ({ opaque }) => opaque,
      ({ summary }) => ({
        message: `${summary}: what that does to tables cannot be told from the file`,
        remedy: "write it as plain statements where you can; else check the stage yourself",
      }),
    ),
};
