// Keys in an order in which each comes after what it needs.
import { keyOf } from "../schema/object.ts";
import { type Definition, type Definitions } from "./definition.ts";

/** Kinds as people write them down where needs leave the choice. */
const RANKS: readonly string[] = [
  ...["extension", "schema", "enum", "domain", "composite type", "sequence", "table", "column"],
  ...["constraint", "index", "function", "procedure", "view", "materialized view", "statistics"],
  ...["trigger", "rule", "policy", "comment"],
];

/** Relations that have parts. */
const RELATIONS = ["table", "composite type", "view", "materialized view"] as const;

/**
 * Puts `keys` in order. What a relation's parts need it needs too: parts without a statement of their own come with it, and the others
 * go with it. Where that runs in a circle only the first counts, and where needs themselves do the order of kinds.
 */
export function inOrder(keys: readonly string[], all: Definitions): readonly string[] {
  const left = new Set(keys);
  const needs = new Map(needsOf(keys, all).map((one) => [one.key, one]));
  const byRank = keys.toSorted((a, b) => rank(a, all) - rank(b, all));
  const isFree = (needed: ReadonlySet<string> | undefined) =>
    ![...(needed ?? [])].some((need) => left.has(need));
  const ordered: string[] = [];
  while (left.size > 0) {
    const open = byRank.filter((key) => left.has(key));
    const next =
      open.find((key) => isFree(needs.get(key)?.hard) && isFree(needs.get(key)?.soft)) ??
      open.find((key) => isFree(needs.get(key)?.hard)) ??
      open[0];
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

interface Needs {
  readonly key: string;
  readonly hard: ReadonlySet<string>;
  readonly soft: ReadonlySet<string>;
}

function needsOf(keys: readonly string[], all: Definitions): readonly Needs[] {
  const within = new Set(keys);
  const parts = new Map<string, Definition[]>();
  for (const one of all.objects.values())
    if (one.of !== one.name) parts.set(one.of, [...(parts.get(one.of) ?? []), one]);
  const needed = (key: string, from: readonly string[]) =>
    new Set(
      from
        .flatMap((each) => [...(all.needs.get(each) ?? [])])
        .flatMap((need) => standIn(need, within, all) ?? [])
        .filter((need) => need !== key),
    );
  return keys.map((key) => {
    const one = all.objects.get(key);
    const isRelation = RELATIONS.some((kind) => kind === one?.kind);
    const own = (isRelation ? (parts.get(one?.name ?? "") ?? []) : []).map(keyOf);
    const absorbed = own.filter((part) => !within.has(part));
    const apart = own.filter((part) => within.has(part));
    // A part needs its relation, so that one does not need the part.
    const soft = [...needed(key, apart)].filter((need) => !apart.includes(need));
    return { key, hard: needed(key, [key, ...absorbed]), soft: new Set(soft) };
  });
}

/** Itself, or the relation that it is a part of. */
function standIn(key: string, keys: ReadonlySet<string>, all: Definitions): string | undefined {
  if (keys.has(key)) return key;
  const of = all.objects.get(key)?.of;
  return RELATIONS.map((kind) => keyOf({ kind, name: of ?? "" })).find((one) => keys.has(one));
}
