// Whether a condition picks a few rows by constants.
import type { Node } from "@pgsql/types";
import { constantText, findAll } from "../tree.ts";

/** Values that an IN list may hold and still be a few. */
const FEW = 20;

/** Whether the condition is, or is joined by AND to, `column = constant` or a short `column IN (constants)`. */
export function isKeyed(condition: Node | undefined): boolean {
  if (!condition) return false;
  if ("BoolExpr" in condition && condition.BoolExpr.boolop === "AND_EXPR")
    return (condition.BoolExpr.args ?? []).some(isKeyed);
  if (!("A_Expr" in condition)) return false;
  const { kind, name, lexpr, rexpr } = condition.A_Expr;
  const [operator] = findAll(name, "String");
  if (operator?.sval !== "=" || !lexpr || !("ColumnRef" in lexpr)) return false;
  // A flag or a state may hold for half of the table; a number or a text that is looked for is a key.
  if (kind === "AEXPR_OP") return constantText(rexpr) !== undefined && !isFlag(rexpr);
  const items = rexpr && "List" in rexpr ? (rexpr.List.items ?? []) : [];
  return (
    kind === "AEXPR_IN" &&
    items.length <= FEW &&
    items.every((item) => constantText(item) !== undefined)
  );
}

function isFlag(node: Node | undefined): boolean {
  return /^(true|false)$/.test(constantText(node) ?? "");
}
