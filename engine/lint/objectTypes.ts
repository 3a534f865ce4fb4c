// PostgreSQL's kinds of objects in words, and which of them hold data.
import type { ObjectType } from "@pgsql/types";

const WORDS: { readonly [K in ObjectType]?: string } = {
  OBJECT_MATVIEW: "materialized view",
  OBJECT_STATISTIC_EXT: "statistics",
  OBJECT_TABCONSTRAINT: "constraint",
  OBJECT_DOMCONSTRAINT: "constraint",
  OBJECT_FDW: "foreign data wrapper",
  OBJECT_FOREIGN_SERVER: "server",
  OBJECT_OPCLASS: "operator class",
  OBJECT_OPFAMILY: "operator family",
  OBJECT_TSCONFIGURATION: "text search configuration",
  OBJECT_TSDICTIONARY: "text search dictionary",
  OBJECT_TSPARSER: "text search parser",
  OBJECT_TSTEMPLATE: "text search template",
};

/** `OBJECT_FOREIGN_TABLE` as `foreign table`. */
export function objectWord(type: ObjectType | undefined): string {
  if (!type) return "object";
  return (
    WORDS[type] ??
    type
      .replace(/^OBJECT_/, "")
      .replaceAll("_", " ")
      .toLowerCase()
  );
}

const HOLD_DATA: ReadonlySet<ObjectType> = new Set<ObjectType>([
  "OBJECT_TABLE",
  "OBJECT_SCHEMA",
  "OBJECT_SEQUENCE",
  "OBJECT_EXTENSION",
]);

/** Whether dropping such an object takes data along that its definition cannot bring back. */
export function holdsData(type: ObjectType | undefined): boolean {
  return type !== undefined && HOLD_DATA.has(type);
}
