// Whether a CHECK lets pass what old code leaves in a column that it does not know: null, or the column's default.
import type { A_Expr, BoolExpr, ColumnDef, Node } from "@pgsql/types";
import { constraintsOf, hasDefault } from "./columns.ts";
import { dotted, strings, typeText } from "./names.ts";

/** A value as far as the text tells it. Of constants only those that mean the same in every type. */
export type Known = null | boolean | number | string | typeof UNKNOWN;

/** It could be anything. */
export const UNKNOWN = Symbol("unknown");

/** Their words ('now', 'today') mean another value at each moment. */
const MOVING = /^(date|time|interval)/;

/** What a row has in the new column `column` where nobody sets it. */
export function initialValue(column: ColumnDef): Known {
  if (!hasDefault(column)) return null;
  const [given, ...more] = constraintsOf(column).filter(({ contype }) =>
    /^CONSTR_(DEFAULT|IDENTITY|GENERATED)$/.test(contype ?? ""),
  );
  if (given?.contype !== "CONSTR_DEFAULT" || more.length > 0) return UNKNOWN;
  const value = evaluate(given.raw_expr, () => UNKNOWN);
  return typeof value === "string" && MOVING.test(typeText(column.typeName)) ? UNKNOWN : value;
}

/** What the expression gives where columns have the values that `valueOf` says. */
export function evaluate(node: Node | undefined, valueOf: (column: string) => Known): Known {
  const inner = (one: Node | undefined) => evaluate(one, valueOf);
  if (!node) return UNKNOWN;
  if ("ColumnRef" in node) {
    const names = strings(node.ColumnRef.fields);
    const isWhole = names.length !== node.ColumnRef.fields?.length;
    return isWhole ? UNKNOWN : valueOf(names.at(-1) ?? "");
  }
  if ("A_Const" in node) return constant(node);
  if ("TypeCast" in node) return cast(inner(node.TypeCast.arg), typeText(node.TypeCast.typeName));
  if ("BoolExpr" in node) return joined(node.BoolExpr, inner);
  if ("A_Expr" in node) return operation(node.A_Expr, inner);
  if ("NullTest" in node) {
    const value = inner(node.NullTest.arg);
    return value === UNKNOWN ? UNKNOWN : (value === null) === isNullTest(node.NullTest);
  }
  if ("FuncCall" in node) {
    const isStrict = STRICT.has(dotted(node.FuncCall.funcname).replace(/^pg_catalog\./, ""));
    return isStrict && (node.FuncCall.args ?? []).some((one) => inner(one) === null)
      ? null
      : UNKNOWN;
  }
  return UNKNOWN;
}

function isNullTest({ nulltesttype }: { readonly nulltesttype?: string }): boolean {
  return nulltesttype === "IS_NULL";
}

/** Functions of the server's that give null for a null. */
const STRICT: ReadonlySet<string> = new Set([
  ...["length", "char_length", "character_length", "octet_length", "lower", "upper"],
  ...["btrim", "ltrim", "rtrim", "abs", "date_part", "extract", "jsonb_typeof", "json_typeof"],
  ...["cardinality", "array_length", "jsonb_array_length", "starts_with"],
]);

/** A whole number is the same in every type that compares with numbers; a fraction may be rounded by the column. */
function constant({ A_Const: value }: Extract<Node, { A_Const: unknown }>): Known {
  if (value.isnull) return null;
  if (value.ival) return value.ival.ival ?? 0;
  if (value.boolval) return value.boolval.boolval ?? false;
  return value.sval ? (value.sval.sval ?? "") : UNKNOWN;
}

/** A cast to a type of one's own could be to a domain that refuses nulls. */
function cast(value: Known, type: string): Known {
  if (!PLAIN_TYPES.has(type)) return UNKNOWN;
  return value === null || type === "text" ? value : UNKNOWN;
}

const PLAIN_TYPES: ReadonlySet<string> = new Set([
  ...["text", "varchar", "bpchar", "int2", "int4", "int8", "numeric", "float4", "float8", "bool"],
  ...["uuid", "json", "jsonb", "date", "timestamp", "timestamptz", "bytea"],
]);

/** Three-valued: a null is neither true nor false, and an unknown is any of the three. */
function joined({ boolop, args = [] }: BoolExpr, inner: (node: Node) => Known): Known {
  const values = args.map(inner);
  if (boolop === "NOT_EXPR") {
    const [value = UNKNOWN] = values;
    return typeof value === "boolean" ? !value : value === null ? null : UNKNOWN;
  }
  const decisive = boolop === "OR_EXPR";
  if (values.includes(decisive)) return decisive;
  if (values.every((value) => value === !decisive)) return !decisive;
  return values.every((value) => value === null || value === !decisive) ? null : UNKNOWN;
}

/** Of the server's operators those that give null for a null and, of two numbers, what they say. */
const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "<>": (a, b) => a !== b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};
const STRICT_OPERATORS = /^([+*/%-]|!?~{1,2}\*?|->>?|@>|<@)$/;

function operation(expression: A_Expr, inner: (node: Node | undefined) => Known): Known {
  const [operator = "", ...more] = strings(expression.name);
  const left = inner(expression.lexpr);
  const right = expression.rexpr;
  switch (expression.kind) {
    case "AEXPR_OP":
      return more.length > 0 ? UNKNOWN : compare(operator, left, inner(right));
    case "AEXPR_IN":
      return operator === "=" ? among(left, itemsOf(right).map(inner)) : nullOf(left);
    case "AEXPR_OP_ANY": {
      const items = itemsOf(right);
      return operator === "=" && items.length > 0 ? among(left, items.map(inner)) : UNKNOWN;
    }
    case "AEXPR_BETWEEN": {
      const [from, to] = itemsOf(right).map(inner);
      const bounds = [compare(">=", left, from ?? null), compare("<=", left, to ?? null)];
      if (bounds.includes(false)) return false;
      if (bounds.includes(UNKNOWN)) return nullOf(left);
      return bounds.includes(null) ? null : true;
    }
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
    case "AEXPR_SIMILAR":
      return nullOf(left);
    default:
      return UNKNOWN;
  }
}

function nullOf(value: Known): Known {
  return value === null ? null : UNKNOWN;
}

function itemsOf(node: Node | undefined): readonly Node[] {
  if (!node) return [];
  if ("List" in node) return node.List.items ?? [];
  return "A_ArrayExpr" in node ? (node.A_ArrayExpr.elements ?? []) : [];
}

function compare(operator: string, left: Known, right: Known): Known {
  const says = COMPARE[operator];
  if (!says && !STRICT_OPERATORS.test(operator)) return UNKNOWN;
  if (left === null || right === null) return null;
  if (!says) return UNKNOWN;
  if (typeof left === "number" && typeof right === "number") return says(left, right);
  // Two texts that differ may still be one value of some type.
  const isSame = typeof left === "string" && left === right && operator === "=";
  return isSame ? true : UNKNOWN;
}

function among(value: Known, items: readonly Known[]): Known {
  const found = items.map((item) => compare("=", value, item));
  if (found.includes(true)) return true;
  if (found.includes(UNKNOWN)) return nullOf(value);
  return found.includes(null) ? null : false;
}
