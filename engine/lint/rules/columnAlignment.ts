// Points at columns whose order wastes room.
import { relationName, typeText } from "../names.ts";
import type { LintRule } from "./rule.ts";

/** CREATE TABLE whose columns are padded. */
export const columnAlignmentRule: LintRule = {
  id: "column-alignment",
  category: "taste",
  level: "off",
  title: "CREATE TABLE whose order of columns wastes room",
  why: "Wide types after narrow ones are padded, in every row.",
  instead: "The widest types first, those of variable length last.",
  on: {
    CreateStmt: ({ tableElts = [], relation }) => {
      const types = tableElts.flatMap((node) =>
        "ColumnDef" in node ? typeText(node.ColumnDef.typeName) : [],
      );
      const wasted =
        padding(types) - padding(types.toSorted((a, b) => alignment(b) - alignment(a)));
      return wasted < 8
        ? undefined
        : {
            message: `${wasted} bytes of each row of ${relationName(relation)} are padding`,
            remedy: "put the widest types first, those of variable length last",
          };
    },
  },
};

/** Types of fixed length with their bytes (pg_type.typlen, which is their alignment as well); others end the count. */
const LENGTHS: Readonly<Record<string, number>> = {
  ...{ int8: 8, float8: 8, timestamp: 8, timestamptz: 8, bigserial: 8, time: 8, money: 8 },
  ...{ int4: 4, float4: 4, date: 4, serial: 4, oid: 4, int2: 2, smallserial: 2, bool: 1 },
};

function alignment(type: string): number {
  return LENGTHS[type] ?? 0;
}

/** Bytes of padding before the first column of variable length. */
function padding(types: readonly string[]): number {
  let at = 0;
  let padded = 0;
  for (const type of types) {
    const length = LENGTHS[type];
    if (length === undefined) break;
    const gap = (length - (at % length)) % length;
    padded += gap;
    at += gap + length;
  }
  return padded;
}
