// What the statements read so far have made new: nothing that runs now can break on it.
import type { ObjectType } from "@pgsql/types";
import type { Known } from "./checkOfNew.ts";
import { withoutPublic } from "./names.ts";

/** Name spaces of PostgreSQL: a table and a function of one name are two things. */
export type NameSpace = "relation" | "type" | "routine" | "schema";

/** A column that the file itself added. */
export interface NewColumn {
  /** Old code's inserts, which leave it out, get a value. */
  readonly hasDefault: boolean;
  readonly notNull: boolean;
  /** What rows have in it where nobody sets it. */
  readonly initial: Known;
}

/**
 * The objects that a file has created up to the statement being read. Mutable, one per file.
 * Where it is in doubt whether a name means the new object, it does not count as new: a drop must
 * not pass for harmless.
 */
export interface FileScope {
  /** Keys `relation t`, `routine f(int4)`, `schema s`, with the name as written. */
  readonly created: Set<string>;
  /** Keys of temporary relations: `public.t` is another than such a `t`. */
  readonly temporary: Set<string>;
  /** Keys `table.column`. */
  readonly columns: Map<string, NewColumn>;
  /** Tables that the file gives a trigger: old code's rows may get values in new columns. */
  readonly triggered: Set<string>;
  /** The file set a search_path: a bare name may lie in any schema. */
  searchPathSet: boolean;
}

/** An empty scope; `newRelations` are tables that other pending files create. */
export function createScope(newRelations: Iterable<string> = []): FileScope {
  const created = new Set(Array.from(newRelations, (name) => `relation ${name}`));
  const nothing = { temporary: new Set<string>(), triggered: new Set<string>() };
  return { created, ...nothing, columns: new Map(), searchPathSet: false };
}

/** Notes that `name` exists since this file. */
export function markNew(scope: FileScope, space: NameSpace, name: string): void {
  scope.created.add(`${space} ${name}`);
}

/** Whether `name` exists since this file, or lies in a schema that does. */
export function isNew(scope: FileScope, space: NameSpace, name: string): boolean {
  if (scope.created.has(`${space} ${name}`)) return true;
  const bare = withoutPublic(name);
  const isInOneSchema = !scope.searchPathSet && !scope.temporary.has(`${space} ${bare}`);
  if (isInOneSchema && bare !== name && scope.created.has(`${space} ${bare}`)) return true;
  const [schema = "", ...rest] = name.replace(/\(.*$/, "").split(".");
  if (rest.length > 0) return scope.created.has(`schema ${schema}`);
  return isInOneSchema && scope.created.has(`${space} public.${name}`);
}

/** Notes that `name` is gone or renamed: what bears it afterwards is something else. */
export function forget(scope: FileScope, space: NameSpace, name: string): void {
  for (const key of [name, withoutPublic(name), `public.${name}`]) {
    scope.created.delete(`${space} ${key}`);
    scope.temporary.delete(`${space} ${key}`);
  }
}

/** After a change of the search_path bare names mean something else than before. */
export function changeSearchPath(scope: FileScope): void {
  for (const key of scope.created) {
    if (!key.includes(".") && !key.startsWith("schema ")) scope.created.delete(key);
  }
  scope.columns.clear();
  scope.searchPathSet = true;
}

const SPACES: { readonly [K in ObjectType]?: NameSpace } = {
  OBJECT_TABLE: "relation",
  OBJECT_FOREIGN_TABLE: "relation",
  OBJECT_VIEW: "relation",
  OBJECT_MATVIEW: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_INDEX: "relation",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "type",
  OBJECT_FUNCTION: "routine",
  OBJECT_PROCEDURE: "routine",
  OBJECT_ROUTINE: "routine",
  OBJECT_AGGREGATE: "routine",
  OBJECT_SCHEMA: "schema",
};

/** The name space of a kind of object; undefined where this file's objects are not tracked. */
export function nameSpaceOf(type: ObjectType | undefined): NameSpace | undefined {
  return type && SPACES[type];
}
