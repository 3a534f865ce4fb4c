// What DROP, RENAME, SET SCHEMA and TRUNCATE do to running code.
import type {
  AlterObjectSchemaStmt,
  DropStmt,
  ObjectType,
  RenameStmt,
  TruncateStmt,
} from "@pgsql/types";
import { forget, isNew, markNew, nameSpaceOf, type FileScope } from "./fileScope.ts";
import { objectName, relationName } from "./names.ts";
import { holdsData, objectWord } from "./objectTypes.ts";
import { dropKeys } from "./recreated.ts";
import { adds, breaks, neutral, removes, type Verdict } from "./verdict.ts";

/** One verdict for each object that the statement drops. */
export function readDrop(
  statement: DropStmt,
  scope: FileScope,
  recreated: ReadonlySet<string>,
): Verdict[] {
  const word = objectWord(statement.removeType);
  const keys = dropKeys(statement);
  const cascades = statement.behavior === "DROP_CASCADE";
  const flags = { nonTransactional: !!statement.concurrent };
  return (statement.objects ?? []).map((object, index) => {
    const name = objectName(object);
    if (recreated.has(keys[index] ?? "")) return neutral(`re-creates ${word} ${name}`, flags);
    if (takeOwn(scope, statement.removeType, name)) {
      return neutral(`drops ${word} ${name} again`, flags);
    }
    const tail = cascades ? " and all that depends on it (CASCADE)" : "";
    const irreversible = holdsData(statement.removeType) || cascades;
    return removes(`drops ${word} ${name}${tail}`, { ...flags, irreversible });
  });
}

/** Members are written `table.name`; they are new with their table. */
const MEMBERS: ReadonlySet<ObjectType> = new Set<ObjectType>([
  "OBJECT_TRIGGER",
  "OBJECT_POLICY",
  "OBJECT_RULE",
]);

/** Whether the file itself made the object; from here on the name means another one. */
function takeOwn(scope: FileScope, type: ObjectType | undefined, name: string): boolean {
  if (type && MEMBERS.has(type)) {
    return isNew(scope, "relation", name.slice(0, name.lastIndexOf(".")));
  }
  const space = nameSpaceOf(type);
  if (!space || !isNew(scope, space, name)) return false;
  forget(scope, space, name);
  return true;
}

/** Renaming these changes nothing that code names in its queries. */
const UNNAMED_BY_CODE: ReadonlySet<ObjectType> = new Set<ObjectType>([
  "OBJECT_INDEX",
  "OBJECT_TRIGGER",
  "OBJECT_POLICY",
  "OBJECT_RULE",
  "OBJECT_TABCONSTRAINT",
  "OBJECT_DOMCONSTRAINT",
  "OBJECT_STATISTIC_EXT",
  "OBJECT_EVENT_TRIGGER",
]);

/** A rename takes the name from one side and gives it to the other: no order is right. */
export function readRename(statement: RenameStmt, scope: FileScope): Verdict {
  const { renameType: type, newname = "?", subname } = statement;
  const owner = statement.relation
    ? relationName(statement.relation)
    : objectName(statement.object);
  const name = subname && statement.relation ? `${owner}.${subname}` : owner;
  const summary = `renames ${objectWord(type)} ${name} to ${newname}`;
  const column = scope.columns.get(name);
  if (column) {
    scope.columns.delete(name);
    scope.columns.set(`${owner}.${newname}`, column);
  }
  // A column, constraint or trigger is renamed within a relation.
  const space = statement.relation ? "relation" : nameSpaceOf(type);
  if (column || (space && isNew(scope, space, owner))) {
    if (!subname && space) {
      forget(scope, space, owner);
      markNew(scope, space, owner.replace(/[^.(]+(?=\(|$)/, newname));
    }
    return adds(summary);
  }
  return type && UNNAMED_BY_CODE.has(type) ? neutral(summary) : breaks(summary);
}

/** Moving to another schema is a rename for all code that does not search both. */
export function readSetSchema(statement: AlterObjectSchemaStmt, scope: FileScope): Verdict {
  const name = statement.relation ? relationName(statement.relation) : objectName(statement.object);
  const word = objectWord(statement.objectType);
  const summary = `moves ${word} ${name} to schema ${statement.newschema ?? "?"}`;
  const space = nameSpaceOf(statement.objectType);
  return space && isNew(scope, space, name) ? adds(summary) : breaks(summary);
}

/** TRUNCATE: all rows go; no old code expects that. */
export function readTruncate(statement: TruncateStmt, scope: FileScope): Verdict[] {
  return (statement.relations ?? []).map((node) => {
    const name = "RangeVar" in node ? relationName(node.RangeVar) : "?";
    return isNew(scope, "relation", name)
      ? neutral(`empties table ${name}`)
      : removes(`deletes all rows of ${name}`, { irreversible: true });
  });
}
