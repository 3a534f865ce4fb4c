// Two schemas compared object by object, in two grades: equal, and equal but for the order of columns.
import { type Facts, keyOf, type SchemaObject } from "./object.ts";
import type { SchemaSnapshot } from "./snapshot.ts";

/** How like two schemas are. */
type SchemaGrade = "equal" | "columnOrder" | "different";

/** A property that is otherwise; undefined where one side lacks it. */
interface FactChange {
  readonly fact: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** One object that differs. */
interface ObjectChange {
  readonly change: "added" | "removed" | "changed";
  readonly object: SchemaObject;
  /** What is otherwise; empty for objects that were added or removed. */
  readonly facts: readonly FactChange[];
}

/** How two schemas differ. */
export interface SchemaDiff {
  readonly grade: SchemaGrade;
  readonly changes: readonly ObjectChange[];
  /** Tables whose columns are the same, in another order. */
  readonly reordered: readonly string[];
}

/** What of the two counts. */
export interface DiffOptions {
  /** Owners and grants are left aside: who made an object is no property of its migration. */
  readonly withoutOwners?: boolean;
  /** Objects whose name, or whose table's, fits one of these (`*` any text, `?` one character) don't count. */
  readonly ignore?: readonly string[];
}

const OWNER_KINDS: ReadonlySet<string> = new Set(["grant", "default privileges"]);

/**
 * Compares two snapshots. What a server printed counts only between servers of one major version: another
 * one may print the same thing otherwise.
 */
export function diffSchemas(
  before: SchemaSnapshot,
  after: SchemaSnapshot,
  options: DiffOptions = {},
): SchemaDiff {
  const withPrinted = before.serverMajor === after.serverMajor;
  const counts = counting(options);
  const old = new Map(before.objects.filter(counts).map((object) => [keyOf(object), object]));
  const changes: ObjectChange[] = [];
  const reordered = new Set<string>();
  for (const object of after.objects.filter(counts)) {
    const former = old.get(keyOf(object));
    old.delete(keyOf(object));
    if (!former) {
      changes.push({ change: "added", object, facts: [] });
      continue;
    }
    const facts = [
      ...changedFacts(former.facts, object.facts, options),
      ...(withPrinted ? changedFacts(former.printed, object.printed, options) : []),
    ];
    if (facts.length > 0) changes.push({ change: "changed", object, facts });
    if (former.position !== object.position) reordered.add(object.of);
  }
  for (const object of old.values()) changes.push({ change: "removed", object, facts: [] });
  // Where columns came or went, the others' places say nothing.
  for (const { change, object } of changes)
    if (object.kind === "column" && change !== "changed") reordered.delete(object.of);
  return {
    grade: changes.length > 0 ? "different" : reordered.size > 0 ? "columnOrder" : "equal",
    changes: changes.toSorted((a, b) => (keyOf(a.object) < keyOf(b.object) ? -1 : 1)),
    reordered: [...reordered],
  };
}

function counting({ withoutOwners, ignore = [] }: DiffOptions) {
  const patterns = ignore.map(patternOf);
  return ({ kind, name, of }: SchemaObject): boolean => {
    if (withoutOwners && OWNER_KINDS.has(kind)) return false;
    return !patterns.some((pattern) => pattern.test(name) || pattern.test(of));
  };
}

/** A pattern such as `partman.*` or `public.events_p*`, as a regular expression over a whole name. */
function patternOf(pattern: string): RegExp {
  const parts = [...pattern].map((char) =>
    char === "*" ? ".*" : char === "?" ? "." : char.replace(/[\\^$.|+()[\]{}]/, "\\$&"),
  );
  return new RegExp(`^${parts.join("")}$`, "su");
}

function changedFacts(before: Facts, after: Facts, { withoutOwners }: DiffOptions): FactChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((fact) => before[fact] !== after[fact] && !(withoutOwners && fact === "owner"))
    .toSorted()
    .map((fact) => ({ fact, before: before[fact], after: after[fact] }));
}

/**
 * The differences, a line each: `+ table public.x`, `- column public.x.y`, `~ column public.x.y: type was
 * integer, is bigint`. Parts of a table that came or went as a whole are not told one by one.
 */
export function describeDiff({ changes, reordered }: SchemaDiff): readonly string[] {
  const whole = new Set(
    changes.filter(({ change }) => change !== "changed").map(({ object }) => object.name),
  );
  const isPart = ({ change, object }: ObjectChange) =>
    change !== "changed" && object.of !== object.name && whole.has(object.of);
  return [
    ...changes.filter((one) => !isPart(one)).map(describeChange),
    ...reordered.map((table) => `~ table ${table}: its columns are in another order`),
  ];
}

function describeChange({ change, object, facts }: ObjectChange): string {
  const name = `${object.kind} ${object.name}`;
  if (change === "added") return `+ ${name}`;
  if (change === "removed") return `- ${name}`;
  return `~ ${name}: ${facts.map(describeFact).join("; ")}`;
}

function describeFact({ fact, before, after }: FactChange): string {
  const words = fact.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words} was ${before ?? "not set"}, is ${after ?? "not set"}`;
}
