// Names definitions that a migration takes away or makes stricter.
import type { LintRule } from "./rule.ts";
import { statementHits } from "./statementHits.ts";

/** A definition goes, which a down file can bring back. */
export const dropsObjectRule: LintRule = {
  id: "drops-object",
  category: "compatibility",
  level: "info",
  title: "a statement after which older code may fail",
  why: "Functions, indexes, rights and permissions to write nulls are part of what running code relies on.",
  instead: "Nothing, where no version that may still run needs it: contract runs after the drain.",
  file: (context) =>
    statementHits(
      context,
      ({ effect, irreversible }) => effect === "removes" && !irreversible,
      ({ summary }) => ({
        message: `${summary}: code that still relies on it fails from then on`,
        remedy: "see that no version which may still run needs it",
      }),
    ),
};
