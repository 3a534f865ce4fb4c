// Keys in an order in which each comes after what it needs.
import { keyOf } from "../schema/object.ts";
import { type Definitions, partsOf } from "./definition.ts";

/** Kinds as people write them down where needs leave the choice. */
const RANKS: readonly string[] = [
  ...["extension", "schema", "enum", "domain", "composite type", "sequence", "table", "column"],
  ...["constraint", "index", "function", "procedure", "view", "materialized view", "statistics"],
  ...["trigger", "rule", "policy", "comment"],
];

/**
 * Puts `keys` in order; what a table's columns and constraints need the table needs, unless they are among `keys` themselves. Where
 * needs run in a circle the order of kinds decides.
 */
export function inOrder(keys: readonly string[], all: Definitions): readonly string[] {
  const left = new Set(keys);
  const needs = new Map(keys.map((key) => [key, needsWithin(key, left, all)]));
  const byRank = keys.toSorted((a, b) => rank(a, all) - rank(b, all));
  const ordered: string[] = [];
  while (left.size > 0) {
    const ready = byRank.find(
      (key) => left.has(key) && ![...(needs.get(key) ?? [])].some((need) => left.has(need)),
    );
    const next = ready ?? byRank.find((key) => left.has(key));
    if (next === undefined) break;
    left.delete(next);
    ordered.push(next);
  }
  return ordered;
}

function rank(key: string, { objects }: Definitions): number {
  const kind = objects.get(key)?.kind ?? "";
  const place = RANKS.indexOf(kind);
  return place < 0 ? RANKS.length : place;
}

function needsWithin(
  key: string,
  keys: ReadonlySet<string>,
  all: Definitions,
): ReadonlySet<string> {
  const one = all.objects.get(key);
  const parts =
    one?.kind === "table" || one?.kind === "composite type"
      ? ["column", "constraint"]
          .flatMap((kind) => partsOf(all, one.name, kind))
          .map(keyOf)
          .filter((part) => !keys.has(part))
      : [];
  const needed = [key, ...parts].flatMap((each) => [...(all.needs.get(each) ?? [])]);
  return new Set(
    needed.flatMap((need) => standIn(need, keys, all) ?? []).filter((need) => need !== key),
  );
}

/** Itself, or the relation that it is a part of. */
function standIn(key: string, keys: ReadonlySet<string>, all: Definitions): string | undefined {
  if (keys.has(key)) return key;
  const of = all.objects.get(key)?.of;
  return ["table", "composite type", "view", "materialized view"]
    .map((kind) => keyOf({ kind, name: of ?? "" }))
    .find((relation) => keys.has(relation));
}
