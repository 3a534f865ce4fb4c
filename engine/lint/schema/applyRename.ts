// Follows RENAME: tables, columns, constraints and indexes go on under another name.
import type { RenameStmt } from "@pgsql/types";
import { relationName, withoutPublic } from "../names.ts";
import { tableOf, type Schema } from "./schema.ts";

/** Gives what `statement` names its new name, where the files tell of it. */
export function applyRename(schema: Schema, statement: RenameStmt): void {
  const { renameType, relation, subname = "", newname = "?" } = statement;
  const name = withoutPublic(relationName(relation));
  const table = tableOf(schema, name);
  if (renameType === "OBJECT_TABLE" && table) {
    const moved = withoutPublic(relationName({ ...relation, relname: newname }));
    schema.tables.delete(name);
    schema.tables.set(moved, { ...table, name: moved });
    for (const [key, index] of schema.indexes)
      if (index.table === name) schema.indexes.set(key, { ...index, table: moved });
  } else if (renameType === "OBJECT_COLUMN" && table) {
    const column = table.columns.get(subname);
    if (!column) return;
    table.columns.delete(subname);
    table.columns.set(newname, { ...column, name: newname });
  } else if (renameType === "OBJECT_TABCONSTRAINT" && table) {
    const constraint = table.constraints.get(subname);
    if (!constraint) return;
    table.constraints.delete(subname);
    table.constraints.set(newname, { ...constraint, name: newname });
  } else if (renameType === "OBJECT_INDEX") {
    const index = schema.indexes.get(name);
    if (!index) return;
    schema.indexes.delete(name);
    schema.indexes.set(newname, { ...index, name: newname });
  }
}
