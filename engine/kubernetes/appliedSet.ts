// What a field manager has applied to an object, got back from the object itself: pure.
import type { Fields, ManagedFields } from "./deployment.ts";

/** An object of the API as far as this needs it. */
interface Managed {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly managedFields?: readonly ManagedFields[];
  };
}

/** An applied set: a manifest with exactly the fields that its manager owns. */
export interface AppliedSet {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

type Tree = Readonly<Record<string, unknown>>;

/**
 * The set that `manager` applied last. Applied again under the same name it changes nothing; applied
 * over a later set it takes away all that one added. Undefined where that manager has applied nothing.
 */
export function appliedSetOf(object: Managed, manager: string): AppliedSet | undefined {
  const entries = object.metadata.managedFields ?? [];
  const own = entries.find((entry) => isApply(entry, manager));
  if (!own) return undefined;
  const others = entries.filter((entry) => entry !== own).map((entry) => entry.fieldsV1);
  const fields = pick(object, own.fieldsV1, others) as Tree;
  const { name, namespace } = object.metadata;
  const identity = namespace === undefined ? { name } : { name, namespace };
  const metadata = { ...(fields.metadata as Tree | undefined), ...identity };
  return { ...fields, apiVersion: own.apiVersion, kind: object.kind, metadata };
}

function isApply(entry: ManagedFields, manager: string): boolean {
  const isWhole = (entry.subresource ?? "") === "";
  return entry.manager === manager && entry.operation === "Apply" && isWhole;
}

/** The part of `live` that `fields` names; `others` are the other managers' trees at the same place. */
function pick(live: unknown, fields: Fields, others: readonly Fields[]): unknown {
  const paths = Object.keys(fields).filter((path) => path !== ".");
  if (paths.length === 0) return pickLeaf(live, others);
  if (Array.isArray(live)) return pickItems(live, fields, others);
  if (!isTree(live)) return live;
  return Object.fromEntries(
    paths.flatMap((path) => {
      const name = path.slice("f:".length);
      return name in live ? [[name, pick(live[name], at(fields, path), below(others, path))]] : [];
    }),
  );
}

/**
 * A leaf is owned whole: a scalar, or a map or list that is never merged. Where another manager owns
 * parts of it, it is one that is merged and was applied empty.
 */
function pickLeaf(live: unknown, others: readonly Fields[]): unknown {
  const isShared = others.some((fields) => Object.keys(fields).some((path) => path !== "."));
  if (!isShared) return live;
  return Array.isArray(live) ? [] : {};
}

/** Items of a list that is merged by keys (`k:`) or by value (`v:`), in the order they have now. */
function pickItems(live: readonly unknown[], fields: Fields, others: readonly Fields[]): unknown {
  const paths = Object.keys(fields);
  // By index: nothing of the API's own has that; the list is taken as it is.
  if (paths.some((path) => path.startsWith("i:"))) return live;
  return live.flatMap((item) => {
    const path = paths.find((one) => isItem(one, item));
    if (path === undefined) return [];
    if (!path.startsWith("k:") || !isTree(item)) return [item];
    const owned = Object.keys(at(fields, path)).some((one) => one !== ".")
      ? pick(item, at(fields, path), below(others, path))
      : {};
    return [{ ...(JSON.parse(path.slice(2)) as Tree), ...(owned as Tree) }];
  });
}

function isItem(path: string, item: unknown): boolean {
  if (path.startsWith("v:")) return path.slice(2) === JSON.stringify(item);
  if (!path.startsWith("k:") || !isTree(item)) return false;
  const keys = JSON.parse(path.slice(2)) as Tree;
  return Object.entries(keys).every(([name, value]) => item[name] === value);
}

function at(fields: Fields, path: string): Fields {
  return fields[path] ?? {};
}

function below(others: readonly Fields[], path: string): readonly Fields[] {
  return others.flatMap((fields) => fields[path] ?? []);
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
