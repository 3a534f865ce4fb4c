// Points at new enum types.
import { dotted } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** CREATE TYPE ... AS ENUM. */
export const createEnumRule: LintRule = {
  id: "create-enum",
  category: "taste",
  level: "off",
  title: "CREATE TYPE ... AS ENUM",
  why: "A value can be added, but none taken away, and the order is for good.",
  instead: "A table of values with a foreign key, or text with a CHECK.",
  on: {
    CreateEnumStmt: ({ typeName }) => ({
      message: `type ${dotted(typeName)}: values of an enum can be added, but never taken away`,
      remedy: "use a table of values, or text with a CHECK",
    }),
  },
};
