// The triggers that a file creates and drops: what keeps an old and a new column in step is one.
import type { Node } from "@pgsql/types";
import type { TriggerChange } from "../sources/migration.ts";
import type { ParsedStatement } from "../sql/parse.ts";
import { relationName, strings, withoutPublic } from "./names.ts";

/** Bits of pg_trigger.tgtype, which the parser takes over. */
const EVENTS = { insert: 4, update: 16 } as const;

/** In the order of the statements; what code within DO or a function does to triggers is not seen. */
export function readTriggers(statements: readonly ParsedStatement[]): readonly TriggerChange[] {
  return statements.flatMap(({ node }) => [...created(node), ...dropped(node)]);
}

function created(node: Node): TriggerChange[] {
  if (!("CreateTrigStmt" in node)) return [];
  const { trigname: name = "", relation, events = 0 } = node.CreateTrigStmt;
  const table = withoutPublic(relationName(relation));
  const on = (["insert", "update"] as const).filter((event) => (events & EVENTS[event]) !== 0);
  return [{ change: "created", name, table, on }];
}

function dropped(node: Node): TriggerChange[] {
  if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_TRIGGER") return [];
  return (node.DropStmt.objects ?? []).flatMap((object): TriggerChange[] => {
    const parts = "List" in object ? strings(object.List.items) : [];
    const name = parts.at(-1) ?? "";
    return [
      { change: "dropped", name, table: withoutPublic(parts.slice(0, -1).join(".")), on: [] },
    ];
  });
}
