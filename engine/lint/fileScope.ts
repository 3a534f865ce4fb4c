// What the statements read so far have made new: nothing that runs now can break on it.

/** A column that the file itself added. */
export interface NewColumn {
  /** Old code's inserts, which leave it out, get a value. */
  readonly hasDefault: boolean;
  readonly notNull: boolean;
}

/** The objects that a file has created up to the statement being read. Mutable, one per file. */
export interface FileScope {
  /** Names of relations, types, functions and schemas made in this file or declared as new. */
  readonly created: Set<string>;
  /** Keys `table.column`. */
  readonly columns: Map<string, NewColumn>;
  /** Keys `table.constraint`. */
  readonly constraints: Set<string>;
}

/** An empty scope; `newRelations` are tables that other pending files create. */
export function createScope(newRelations: Iterable<string> = []): FileScope {
  return { created: new Set(newRelations), columns: new Map(), constraints: new Set() };
}

/** Whether the relation `name` is new, or lies in a schema that is. */
export function isNew(scope: FileScope, name: string): boolean {
  if (scope.created.has(name)) return true;
  const dot = name.indexOf(".");
  return dot > 0 && scope.created.has(`schema ${name.slice(0, dot)}`);
}
