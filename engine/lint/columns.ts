// What column definitions say: default, NOT NULL, the constraints within them.
import type { ColumnDef, Constraint } from "@pgsql/types";
import { typeText } from "./names.ts";

/** Pseudo-types whose columns get their default from a sequence. */
const SERIAL = new Set(["smallserial", "serial", "bigserial", "serial2", "serial4", "serial8"]);

/** Whether the column's type is serial or one of its kind. */
export function isSerial(column: ColumnDef): boolean {
  return SERIAL.has(typeText(column.typeName));
}

/** Whether an insert that leaves the column out gets a value for it. */
export function hasDefault(column: ColumnDef): boolean {
  return (
    isSerial(column) ||
    constraintsOf(column).some(
      ({ contype, raw_expr: value }) =>
        contype === "CONSTR_IDENTITY" ||
        contype === "CONSTR_GENERATED" ||
        (contype === "CONSTR_DEFAULT" && !(value && "A_Const" in value && value.A_Const.isnull)),
    )
  );
}

/** Whether the column is declared NOT NULL, or a primary key. */
export function isNotNull(column: ColumnDef): boolean {
  return constraintsOf(column).some(
    ({ contype }) => contype === "CONSTR_NOTNULL" || contype === "CONSTR_PRIMARY",
  );
}

/** The constraints written behind the column's type. */
export function constraintsOf(column: ColumnDef): Constraint[] {
  return (column.constraints ?? []).flatMap((node) =>
    "Constraint" in node ? node.Constraint : [],
  );
}
