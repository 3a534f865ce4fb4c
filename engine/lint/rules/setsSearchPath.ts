// Points at files that change what names mean.
import type { LintRule } from "./rule.ts";

/** SET search_path. */
export const setsSearchPathRule: LintRule = {
  id: "sets-search-path",
  category: "correctness",
  level: "info",
  title: "SET search_path in a file",
  why: "Bare names mean something else from there on: lint and lock prediction follow them only as far as the file tells.",
  instead: "Names with their schema.",
  on: {
    VariableSetStmt: ({ name, kind }) =>
      name === "search_path" && kind !== "VAR_RESET"
        ? {
            message:
              "bare names mean something else from here on, and lint may take one for another",
            remedy: "write names with their schema",
          }
        : undefined,
  },
};
