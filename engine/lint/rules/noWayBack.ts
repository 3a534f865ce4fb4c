// Points at migrations whose down file holds no SQL.
import type { LintRule } from "./rule.ts";

/** A down file may only say why there is no way back; whoever applies it should know. */
export const noWayBackRule: LintRule = {
  id: "no-way-back",
  category: "data",
  level: "info",
  title: "a down file without SQL",
  why: "`lockstep down` and `lockstep rollback` cannot undo the migration.",
  instead: "SQL that undoes it, where there is any.",
  file: ({ migration: { downStatements, down, path } }) =>
    downStatements.length > 0
      ? undefined
      : {
          message: "the down file holds no SQL: this migration cannot be undone",
          remedy: "write the SQL that undoes it, if there is any",
          path: down?.path ?? path,
        },
};
