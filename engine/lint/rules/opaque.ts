// Points at statements whose text does not tell what they do.
import { formatWhere } from "../../sql/locate.ts";
import type { LintRule } from "./rule.ts";

/** DO, CALL and SELECT of a function: nobody can tell their stage, locks or risk beforehand. */
export const opaqueRule: LintRule = {
  ids: ["opaque-statement"],
  check: (migration) =>
    migration.statements
      .filter(({ opaque }) => opaque)
      .map(({ summary, offset }) => ({
        rule: "opaque-statement",
        severity: "warning" as const,
        message: `${summary}: what that does to tables cannot be told from the file`,
        where: formatWhere(migration.path, migration.sql, offset),
        remedy: "write it as plain statements where you can; else check the stage yourself",
      })),
};
