// What all parts of a column's move have in common.
import pg from "pg";
import type { SqlParser } from "../sql/parse.ts";
import type { CarriedConstraints } from "./carryConstraints.ts";
import type { CarriedIndexes } from "./carryIndexes.ts";
import type { Conversion } from "./conversion.ts";
import { fittingName, type Quote } from "./names.ts";
import type { ColumnShape, TableShape } from "./shape.ts";
import type { SyncTrigger } from "./syncTrigger.ts";

/** A column that becomes another one. */
export interface ColumnMove {
  readonly parser: SqlParser;
  readonly quote: Quote;
  /** The table's bare name, and as SQL has it. */
  readonly tableName: string;
  readonly table: string;
  /** `schema.` of the table as SQL has it; empty where the file names none. */
  readonly prefix: string;
  readonly shape: TableShape;
  readonly from: ColumnShape;
  readonly to: {
    readonly name: string;
    readonly type: string;
    readonly collation: string | undefined;
  };
  readonly conversion: Conversion;
  readonly isRename: boolean;
  /** Whether checks and indexes mean the same on the new type. */
  readonly isSameFamily: boolean;
  /** The columns by which the backfill walks. */
  readonly key: readonly string[];
  /** Names of indexes and constraints that are taken; what is generated is added. */
  readonly taken: Set<string>;
}

/** The move's trigger. */
export function syncOf(move: ColumnMove): SyncTrigger {
  // zz: triggers fire in the order of their names.
  const name = fittingName(`zz_sync_${move.tableName}_${move.to.name}`);
  return {
    table: move.table,
    trigger: move.quote(name),
    function: move.prefix + move.quote(name),
    from: move.from.name,
    to: move.to,
    conversion: move.conversion,
    isRename: move.isRename,
    quote: move.quote,
  };
}

/** `ALTER TABLE`, its parts behind one another. */
export function alterTable(table: string, parts: readonly string[]): string {
  if (parts.length === 0) return "";
  const [only] = parts;
  return parts.length === 1
    ? `ALTER TABLE ${table} ${only ?? ""};`
    : `ALTER TABLE ${table}\n    ${parts.join(",\n    ")};`;
}

/** A move with all that comes along. */
export interface PlannedMove {
  readonly move: ColumnMove;
  readonly indexes: CarriedIndexes;
  readonly constraints: CarriedConstraints;
}

/** `customers.contact_phone`, for people. */
export function spoken(move: ColumnMove, column: string): string {
  return `${move.tableName}.${column}`;
}

/** What people wrote about the column, on `column`; empty where they wrote nothing. */
export function commentSql(
  { quote, table }: ColumnMove,
  comment: string | undefined,
  column: string,
): string {
  if (comment === undefined) return "";
  return `COMMENT ON COLUMN ${table}.${quote(column)} IS ${pg.escapeLiteral(comment)};`;
}
