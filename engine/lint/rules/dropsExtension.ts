// Points at extensions that go.
import { objectName } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** DROP EXTENSION. */
export const dropsExtensionRule: LintRule = {
  id: "drops-extension",
  category: "compatibility",
  level: "warning",
  title: "DROP EXTENSION",
  why: "Its types, functions and operators go with it, and with CASCADE the columns of its types.",
  instead: "Nothing, where nobody uses it any more: it waits for contract.",
  on: {
    DropStmt: ({ removeType, objects = [] }) =>
      removeType === "OBJECT_EXTENSION"
        ? {
            message: `all types and functions of ${objects.map(objectName).join(", ")} go`,
            remedy: "see that no column, index or query uses them",
          }
        : undefined,
  },
};
