// What a change of a column's type costs (PostgreSQL's ATColumnChangeRequiresRewrite), and whether values can get lost.
import type { ColumnDef } from "@pgsql/types";
import { typeText } from "../names.ts";
import { modifiersOf } from "./applyAlter.ts";
import type { ColumnFacts } from "./schema.ts";

/** `catalogue`: no row is looked at. `scan`: read. `rewrite`: written anew, also where the old type is not known. */
export type TypeChangeCost = "catalogue" | "scan" | "rewrite";

/** Of changing `known` to what `column` says. */
export function typeChangeCost(
  known: Pick<ColumnFacts, "type" | "modifiers"> | undefined,
  column: ColumnDef,
): TypeChangeCost {
  // A USING that computes anything writes every row; the bare column is no computation.
  if (column.raw_default && !("ColumnRef" in column.raw_default)) return "rewrite";
  const [to, toModifiers] = [typeText(column.typeName), modifiersOf(column)];
  if (to === "text" && !known) return "rewrite";
  if (!known) return "rewrite";
  const { type: from, modifiers } = known;
  if (from === to) return sameType(to, modifiers, toModifiers);
  if (isText(from) && isText(to)) {
    return to === "varchar" && toModifiers.length > 0 && !fits(modifiers, toModifiers)
      ? "rewrite"
      : "catalogue";
  }
  if (from === "cidr" && to === "inet") return "catalogue";
  return "rewrite";
}

function isText(type: string): boolean {
  return type === "text" || type === "varchar";
}

/** The same type with other modifiers: wider ones need no look at the rows. */
function sameType(
  type: string,
  before: readonly number[],
  after: readonly number[],
): TypeChangeCost {
  if (after.length === 0) return "catalogue";
  if (["varchar", "varbit"].includes(type)) return fits(before, after) ? "catalogue" : "rewrite";
  if (type === "numeric") {
    const [precision = Infinity, scale = 0] = before;
    const [newPrecision = 0, newScale = 0] = after;
    return precision <= newPrecision && scale === newScale ? "catalogue" : "rewrite";
  }
  if (/^(timestamp|timestamptz|time|timetz|interval)$/.test(type))
    return (before[0] ?? 6) <= (after[0] ?? 6) ? "catalogue" : "rewrite";
  return String(before) === String(after) ? "catalogue" : "rewrite";
}

function fits(
  [before = Infinity]: readonly number[],
  [after = Infinity]: readonly number[],
): boolean {
  return before <= after;
}

/** Whole numbers and fractions by the digits that they hold. */
const WIDTHS: Readonly<Record<string, number>> = {
  int2: 4,
  int4: 9,
  int8: 18,
  numeric: 1_000,
};

/** Whether values of the old type may not fit the new one; false where the old one is not known. */
export function mayLoseValues(
  { type: from, modifiers }: Pick<ColumnFacts, "type" | "modifiers">,
  column: ColumnDef,
): boolean {
  const [to, after] = [typeText(column.typeName), modifiersOf(column)];
  const [before, now] = [WIDTHS[from], WIDTHS[to]];
  if (before !== undefined && now !== undefined && now < before) return true;
  if (from === to && after.length > 0) {
    return after.some((limit, index) => limit < (modifiers[index] ?? Infinity));
  }
  if (isText(from) && /^(varchar|bpchar)$/.test(to))
    return after.length > 0 && !fits(modifiers, after);
  if (from === "timestamptz" && to === "timestamp") return true;
  if (/^timestamp(tz)?$/.test(from) && to === "date") return true;
  if (from === "float8" && to === "float4") return true;
  if (from === "jsonb" && to === "json") return false;
  return /^float[48]$|^numeric$/.test(from) && /^int[248]$/.test(to);
}
