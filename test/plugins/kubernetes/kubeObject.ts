// A Kubernetes object of any kind, as JSON: what the API server takes and gives.

/** JSON of unknown shape. */
export type Json = Record<string, unknown>;

/** `value` where it is a JSON object. */
export function asJson(value: unknown): Json | undefined {
  const isJson = typeof value === "object" && value !== null && !Array.isArray(value);
  return isJson ? (value as Json) : undefined;
}

/** The value at `path` within `value`; undefined where a step of it is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => asJson(inner)?.[key], value);
}

/** The text at `path`; undefined where it is no text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** The number at `path`; 0 where it is none: the API server leaves zeros out. */
export function countAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : 0;
}

/** The objects of the list at `path`. */
export function listAt(value: unknown, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  const members: readonly unknown[] = Array.isArray(found) ? found : [];
  return members.flatMap((one): Json[] => {
    const json = asJson(one);
    return json === undefined ? [] : [json];
  });
}

/** `metadata.name`; empty where there is none yet. */
export function nameOf(object: Json): string {
  return textAt(object, "metadata", "name") ?? "";
}

/** `metadata.namespace`, where it is set. */
export function namespaceOf(object: Json): string | undefined {
  return textAt(object, "metadata", "namespace");
}

/** The value of an annotation, where it is set. */
export function annotationOf(object: Json, name: string): string | undefined {
  return textAt(object, "metadata", "annotations", name);
}

/** The condition of this type in `status.conditions`. */
export function conditionOf(object: Json, type: string): Json | undefined {
  return listAt(object, "status", "conditions").find((one) => one.type === type);
}

/** `object` with other metadata members; a member of undefined is removed. */
export function withMetadata(object: Json, members: Json): Json {
  const merged = { ...asJson(object.metadata), ...members };
  const kept = Object.entries(merged).filter(([, value]) => value !== undefined);
  return { ...object, metadata: Object.fromEntries(kept) };
}

/** `namespace/name`, or the name alone: the id that the official plugin gives. */
export function idOf(object: Json): string {
  const namespace = namespaceOf(object);
  return namespace === undefined ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}
