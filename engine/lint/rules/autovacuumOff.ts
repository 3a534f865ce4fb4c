// Points at tables that are no longer vacuumed.
import type { Node } from "@pgsql/types";
import { relationName } from "../names.ts";
import { optionsOf, optionText } from "../tree.ts";
import type { Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** autovacuum_enabled = off. */
export const autovacuumOffRule: LintRule = {
  id: "autovacuum-off",
  category: "correctness",
  level: "warning",
  title: "autovacuum_enabled = off",
  why: "Dead rows pile up, statistics grow old, and in the end the server stops for fear of wraparound.",
  instead: "Settings that make autovacuum work harder or softer on the table.",
  on: { CreateStmt: ({ relation, options }) => off(relationName(relation), options) },
  alter: ({ command, table }) =>
    command.subtype === "AT_SetRelOptions" && command.def && "List" in command.def
      ? off(table, command.def.List.items)
      : undefined,
};

function off(table: string, options: readonly Node[] | undefined): Hit | undefined {
  const value = optionText(optionsOf(options).get("autovacuum_enabled"));
  if (!/^(off|false|no|0)$/i.test(value)) return undefined;
  return {
    message: `${table} is vacuumed no longer`,
    remedy: "leave autovacuum on, and tune it for the table",
  };
}
