// Names what a migration takes away for good.
import type { LintRule } from "./rule.ts";
import { statementHits } from "./statementHits.ts";

/** Data that only a backup can bring back. */
export const dropsDataRule: LintRule = {
  id: "drops-data",
  category: "data",
  level: "warning",
  title: "a statement that removes data for good",
  why: "No down file brings rows and columns back; only a backup does. Code of the release before that still reads them fails.",
  instead:
    "Put it into a contract file of its own: it then waits for gate, drain, backup and approval.",
  file: (context) =>
    statementHits(
      context,
      ({ irreversible }) => irreversible,
      ({ summary }) => ({
        message: `${summary}: irreversible, only a backup brings the data back`,
        remedy:
          context.migration.stage === "contract"
            ? "nothing to mend: it runs after gate, drain, backup and approval"
            : "make it a contract file, so that it waits for gate, drain, backup and approval",
      }),
    ),
};
