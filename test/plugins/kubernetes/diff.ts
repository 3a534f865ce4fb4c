// What an update would change, and whether it must replace the object.
import { forceNewPatterns, isNamedBy, type Mutability, type Pattern } from "./forceNew.ts";
import { annotationOf, nameOf, namespaceOf, withMetadata, type Json } from "./kubeObject.ts";
import { isSameValue, normalizeInputs, pruneTo, type Compared } from "./normalize.ts";
import type { Checkpoint } from "./properties.ts";

/** One difference. */
export interface Change {
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

/** The answer to a diff. */
export interface Difference {
  /** By property path in Pulumi's notation: `spec.template.spec.containers[0].image`. */
  readonly changes: ReadonlyMap<string, Change>;
  /** Whether the old object must go first, because the new one has its name. */
  readonly deleteBeforeReplace: boolean;
}

interface Sought {
  readonly patterns: readonly Pattern[];
  readonly found: Map<string, Change>;
}

/** What differs between the live object of `old`, as far as inputs told it, and new inputs. */
export function diffOf(old: Checkpoint, inputs: Json, mutable: Mutability): Difference {
  const told = withNamespace(normalizeInputs(old.inputs));
  const next = withNamespace(normalizeInputs(inputs));
  const live = withNamespace(normalizeInputs(pruneTo(old.live, told) as Json));
  const found = new Map<string, Change>();
  compare([], { told, live, next }, { patterns: forceNewPatterns(next, mutable), found });
  const replaces = [...found.values()].some((change) => change.replaces);
  return { changes: found, deleteBeforeReplace: replaces && keepsName(old.live, next) };
}

/** Without a name the namespace is `default`, and kinds without namespaces have the same nonsense on both sides. */
function withNamespace(object: Json): Json {
  return withMetadata(object, { namespace: namespaceOf(object) ?? "default" });
}

/** Whether both objects are one to the server: same name, chosen by the user, in the same namespace. */
function keepsName(live: Json, next: Json): boolean {
  const isAutonamed = annotationOf(next, "pulumi.com/autonamed") === "true";
  const sameNamespace = (namespaceOf(next) ?? "default") === (namespaceOf(live) ?? "default");
  return !isAutonamed && nameOf(next) !== "" && nameOf(next) === nameOf(live) && sameNamespace;
}

function compare(path: readonly string[], values: Compared, sought: Sought): void {
  if (isSameValue(path, values)) return;
  const { told, live, next } = values;
  if (hasMembers(live) && hasMembers(next) && Array.isArray(live) === Array.isArray(next)) {
    const keys = new Set([...Object.keys(live), ...Object.keys(next)]);
    const toldMembers = hasMembers(told) ? told : {};
    for (const key of keys) {
      const members = { told: toldMembers[key], live: live[key], next: next[key] };
      compare([...path, key], members, sought);
    }
    return;
  }
  const kind = live === undefined ? "add" : next === undefined ? "delete" : "update";
  const value = next ?? live;
  const replaces = sought.patterns.some((pattern) => isNamedBy(pattern, path, value));
  sought.found.set(toPropertyPath(path), { kind, replaces });
}

/** Objects and lists; a list's members go by their place. */
function hasMembers(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

function toPropertyPath(path: readonly string[]): string {
  return path.reduce((text, step) => {
    if (/^\d+$/.test(step)) return `${text}[${step}]`;
    if (/[."[\]]/.test(step)) return `${text}["${step.replaceAll('"', '\\"')}"]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}
