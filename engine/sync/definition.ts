// What a database's objects are defined as, in full: what their statements are written from.
import { keyOf } from "../schema/object.ts";

/** One object with all that its CREATE statement says; kind and name are those of the snapshot. */
export interface Definition {
  readonly kind: string;
  readonly name: string;
  /** The relation that it belongs to; its own name where it stands by itself. */
  readonly of: string;
  /** Catalogue, object and column number, as pg_depend names it: `1259/16402/0`. */
  readonly address: string;
  /** By name, as the server prints them with only pg_catalog in its path; what is not set is missing. */
  readonly parts: Parts;
}

/** Properties of an object. */
export type Parts = Readonly<Record<string, string>>;

/** All objects of one database. */
export interface Definitions {
  /** By the snapshot's key. */
  readonly objects: ReadonlyMap<string, Definition>;
  /** Key of an object to the keys of those that it needs. */
  readonly needs: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The parts of `table`, one of the snapshot's names, of a kind: its columns in their order, its constraints. */
export function partsOf(
  { objects }: Definitions,
  table: string,
  kind: string,
): readonly Definition[] {
  return [...objects.values()].filter((one) => one.kind === kind && one.of === table);
}

/** The object of a kind and name; undefined where there is none. */
export function find({ objects }: Definitions, kind: string, name: string): Definition | undefined {
  return objects.get(keyOf({ kind, name }));
}
