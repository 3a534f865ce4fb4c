// What a schema is made of, as a list of objects that can be compared one by one.

/** One object of a schema, or one part of it that can change by itself: a column, an index, a grant. */
export interface SchemaObject {
  /** As people call it: `table`, `column`, `index`, `grant`. */
  readonly kind: string;
  /** Quoted where SQL needs it, with its schema: `public.customers.phone`. */
  readonly name: string;
  /** The relation or other object that it belongs to; its own name where it stands by itself. */
  readonly of: string;
  /** Its properties, in words and names only, the same on every major version. */
  readonly facts: Facts;
  /**
   * What the server prints of it (expressions, definitions). Another major version may print the same thing otherwise, so
   * it counts only between servers of one major.
   */
  readonly printed: Facts;
  /** A column's place among the living ones of its table, from 1. */
  readonly position?: number;
}

/** Properties by name; long texts are replaced by their length and digest. */
export type Facts = Readonly<Record<string, string>>;

/** What identifies an object within its schema. */
export function keyOf({ kind, name }: Pick<SchemaObject, "kind" | "name">): string {
  return `${kind} ${name}`;
}
