// Points at migrations whose down file holds no SQL.
import type { LintRule } from "./rule.ts";

/** A down file may only say why there is no way back; whoever applies it should know. */
export const noWayBackRule: LintRule = {
  ids: ["no-way-back"],
  check: ({ downStatements, down, path }) =>
    downStatements.length > 0
      ? []
      : [
          {
            rule: "no-way-back",
            severity: "info" as const,
            message: "the down file holds no SQL: this migration cannot be undone",
            where: `${down?.path ?? path}:1:1`,
            remedy: "write the SQL that undoes it, if there is any",
          },
        ],
};
