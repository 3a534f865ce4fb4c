// Names all that a migration takes away, and whether it can come back.
import type { Migration, Statement } from "../../sources/migration.ts";
import { formatWhere } from "../../sql/locate.ts";
import type { LintFinding, LintRule } from "./rule.ts";

/** A warning where data goes for good, an information where only a definition goes. */
export const dropsRule: LintRule = {
  ids: ["drops-data", "drops-object"],
  check: (migration) =>
    migration.statements.flatMap((statement) =>
      statement.effect === "removes" || statement.irreversible ? finding(migration, statement) : [],
    ),
};

function finding(migration: Migration, statement: Statement): LintFinding {
  const where = formatWhere(migration.path, migration.sql, statement.offset);
  if (!statement.irreversible) {
    return {
      rule: "drops-object",
      severity: "info",
      message: `${statement.summary}: code that still relies on it fails from then on`,
      where,
      remedy: "see that no version which may still run needs it",
    };
  }
  return {
    rule: "drops-data",
    severity: "warning",
    message: `${statement.summary}: irreversible, only a backup brings the data back`,
    where,
    remedy:
      migration.stage === "contract"
        ? "nothing to mend: it runs after gate, drain, backup and approval"
        : "make it a contract file, so that it waits for gate, drain, backup and approval",
  };
}
