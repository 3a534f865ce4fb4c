// Points at enum values that are added at the end.
import type { LintRule } from "./rule.ts";

/** ALTER TYPE ... ADD VALUE without a place. */
export const enumValueOrderRule: LintRule = {
  id: "enum-value-order",
  category: "taste",
  level: "off",
  title: "ADD VALUE without BEFORE or AFTER",
  why: "The value sorts last, which nobody may have meant, and cannot be moved.",
  instead: "BEFORE or AFTER.",
  on: {
    AlterEnumStmt: ({ oldVal, newVal = "?", newValNeighbor }) =>
      oldVal || newValNeighbor
        ? undefined
        : {
            message: `'${newVal}' sorts behind all other values, for good`,
            remedy: "say BEFORE or AFTER which value it belongs",
          },
  },
};
