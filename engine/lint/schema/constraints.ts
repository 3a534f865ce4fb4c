// Constraints as the catalogue would have them, with the names that PostgreSQL gives where a file gives none.
import type { Constraint, Node } from "@pgsql/types";
import { relationName, withoutPublic } from "../names.ts";
import { columnsIn, constraintColumns } from "../tree.ts";
import type { ConstraintFacts, ConstraintKind } from "./schema.ts";

const KINDS: Readonly<Record<string, ConstraintKind>> = {
  CONSTR_CHECK: "check",
  CONSTR_FOREIGN: "foreign",
  CONSTR_UNIQUE: "unique",
  CONSTR_PRIMARY: "primary",
  CONSTR_EXCLUSION: "exclusion",
};

/** The constraint's facts; undefined for kinds that are none (DEFAULT, IDENTITY). `column`: it stands behind that column. */
export function readConstraint(
  constraint: Constraint,
  table: string,
  column?: string,
): ConstraintFacts | undefined {
  const kind = KINDS[constraint.contype ?? ""];
  if (!kind) return undefined;
  const listed = constraintColumns(constraint);
  const columns =
    listed.length > 0 ? listed : column !== undefined ? [column] : columnsIn(constraint.raw_expr);
  const proven = notNullColumn(constraint.raw_expr);
  return {
    name: constraint.conname ?? defaultName(kind, table, columns),
    kind,
    columns,
    validated: !constraint.skip_validation,
    ...(constraint.pktable && { refersTo: withoutPublic(relationName(constraint.pktable)) }),
    ...(proven !== undefined && { provesNotNull: proven }),
    ...(constraint.raw_expr && { expression: expressionKey(constraint.raw_expr) }),
  };
}

/** Two expressions with equal keys are equal but for where they stand. */
function expressionKey(expression: Node): string {
  return JSON.stringify(expression, (key, value: unknown) =>
    key === "location" ? undefined : value,
  );
}

const SUFFIXES: Readonly<Record<ConstraintKind, string>> = {
  check: "check",
  foreign: "fkey",
  unique: "key",
  primary: "pkey",
  exclusion: "excl",
};

/** As ChooseConstraintName makes it, without the number that a clash adds. */
function defaultName(kind: ConstraintKind, table: string, columns: readonly string[]): string {
  const bare = table.split(".").at(-1) ?? table;
  const middle = kind === "primary" ? [] : columns.slice(0, kind === "check" ? 1 : undefined);
  return [bare, ...middle, SUFFIXES[kind]].join("_");
}

/** The column of `c IS NOT NULL`, alone or joined to others by AND. */
function notNullColumn(expression: Node | undefined): string | undefined {
  if (!expression || !("NullTest" in expression)) return undefined;
  const { nulltesttype, arg } = expression.NullTest;
  return nulltesttype === "IS_NOT_NULL" && arg && "ColumnRef" in arg
    ? columnsIn(arg)[0]
    : undefined;
}
