// Inputs in the form in which the API server keeps them, and live objects cut to the shape of inputs: what a diff compares.
import { asJson, type Json } from "./kubeObject.ts";

/** Members of metadata that only the server writes. */
const SERVER_METADATA: ReadonlySet<string> = new Set([
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
]);

/** Inputs without what only the server writes; a Secret's stringData as the data that it becomes. */
export function normalizeInputs(inputs: Json): Json {
  const { stringData, ...rest } = inputs;
  const texts = asJson(stringData);
  const isSecret = inputs.kind === "Secret" && texts !== undefined;
  const base = isSecret ? { ...rest, data: { ...asJson(rest.data), ...encoded(texts) } } : inputs;
  const metadata = Object.entries(asJson(base.metadata) ?? {});
  const kept = metadata.filter(([key]) => !SERVER_METADATA.has(key));
  return { ...base, metadata: Object.fromEntries(kept) };
}

function encoded(texts: Json): Json {
  const pairs = Object.entries(texts).map(([key, text]) => [
    key,
    Buffer.from(String(text)).toString("base64"),
  ]);
  return Object.fromEntries(pairs) as Json;
}

/** The members of `live` that `shape` has too, at any depth; list elements go by their place. */
export function pruneTo(live: unknown, shape: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(shape)) {
    return shape.slice(0, live.length).map((part, i): unknown => pruneTo(live[i], part));
  }
  const [json, wanted] = [asJson(live), asJson(shape)];
  if (json === undefined || wanted === undefined) return live;
  const kept = Object.entries(json).filter(([key]) => key in wanted);
  return Object.fromEntries(kept.map(([key, value]) => [key, pruneTo(value, wanted[key])]));
}

/** Suffixes of a quantity; m is a thousandth (k8s.io/apimachinery, resource.Quantity). */
const SUFFIXES: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};
/** Steps of a path below which values are quantities. */
const QUANTITIES = new Set(["limits", "requests", "capacity", "hard", "sizeLimit", "overhead"]);

/** One value in three forms. */
export interface Compared {
  /** As the last inputs told it. */
  readonly told: unknown;
  /** As the server has it. */
  readonly live: unknown;
  /** As the new inputs tell it. */
  readonly next: unknown;
}

/** Whether the server sees no difference: equal, the same quantity, or an empty value that it leaves out. */
export function isSameValue(path: readonly string[], { told, live, next }: Compared): boolean {
  if (live === next) return true;
  if (live === undefined && told !== undefined && isEmpty(told) && isEmpty(next)) return true;
  if (!path.some((step) => QUANTITIES.has(step))) return false;
  const [before, after] = [quantityOf(live), quantityOf(next)];
  return before !== undefined && after !== undefined && Math.abs(before - after) < 1e-9;
}

function isEmpty(value: unknown): boolean {
  if (value === "" || value === false || value === 0) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function quantityOf(value: unknown): number | undefined {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(String(value));
  const factor = SUFFIXES[match?.[2] ?? "?"];
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}
