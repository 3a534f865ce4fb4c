// Points at functions whose rights others can borrow.
import { dotted } from "../names.ts";
import { findAll, optionsOf, optionText } from "../tree.ts";
import type { LintRule } from "./rule.ts";

/** SECURITY DEFINER without SET search_path. */
export const securityDefinerSearchPathRule: LintRule = {
  id: "security-definer-search-path",
  category: "security",
  level: "warning",
  title: "SECURITY DEFINER without SET search_path",
  why: "Whoever calls it chooses with their own search_path which functions and tables its names mean, and uses them with the owner's rights.",
  instead:
    "SET search_path = pg_catalog, pg_temp behind the function, and names with their schema.",
  on: {
    CreateFunctionStmt: ({ funcname, options = [] }) => {
      const byName = optionsOf(options);
      const isDefiner = optionText(byName.get("security")) === "true";
      const sets = options.some(
        (node) =>
          "DefElem" in node &&
          node.DefElem.defname === "set" &&
          findAll(node, "VariableSetStmt").some(({ name }) => name === "search_path"),
      );
      if (!isDefiner || sets) return undefined;
      return {
        message: `function ${dotted(funcname)} runs with its owner's rights and its caller's search_path`,
        remedy: "add SET search_path = pg_catalog, pg_temp, and write names with their schema",
      };
    },
  },
};
