// Points at statements that cannot run twice.
import { objectName, relationName } from "../names.ts";
import type { Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** CREATE or DROP without IF [NOT] EXISTS. */
export const notIdempotentRule: LintRule = {
  id: "not-idempotent",
  category: "taste",
  level: "off",
  title: "CREATE TABLE or DROP without IF NOT EXISTS or IF EXISTS",
  why: "By hand the file cannot be run again. lockstep does not need it: each file is applied once.",
  instead: "IF NOT EXISTS, IF EXISTS.",
  on: {
    CreateStmt: ({ if_not_exists: ifMissing, relation }) =>
      ifMissing ? undefined : told(`CREATE TABLE ${relationName(relation)}`, "IF NOT EXISTS"),
    IndexStmt: ({ if_not_exists: ifMissing, idxname = "" }) =>
      ifMissing ? undefined : told(`CREATE INDEX ${idxname}`.trim(), "IF NOT EXISTS"),
    DropStmt: ({ missing_ok: ifThere, objects = [] }) =>
      ifThere ? undefined : told(`DROP ${objects.map(objectName).join(", ")}`, "IF EXISTS"),
  },
};

function told(what: string, words: string): Hit {
  return { message: `${what} fails when it is run again`, remedy: `say ${words}` };
}
