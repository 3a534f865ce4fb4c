// What is wrong with comments that answer findings; applyIgnores finds it.
import type { LintRule } from "./rule.ts";

/** A comment that answers nothing because it is written wrongly. */
export const badIgnoreRule: LintRule = {
  id: "bad-ignore",
  category: "correctness",
  level: "error",
  fixed: true,
  title: "an ignore comment without reason, or for a rule that is not there",
  why: "A misspelt comment would leave its author believing that somebody looked at the finding.",
  instead:
    "Write `-- lockstep: ignore RULE REASON` above the statement, or `ignore-file` for all of the file.",
};

/** A comment that answers nothing because there is nothing to answer. */
export const unusedIgnoreRule: LintRule = {
  id: "unused-ignore",
  category: "correctness",
  level: "warning",
  title: "an ignore comment that answers no finding",
  why: "It would hide the next finding of that rule, which nobody has looked at.",
  instead: "Remove the comment.",
};
