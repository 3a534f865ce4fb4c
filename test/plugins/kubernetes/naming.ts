// Names of objects that the program does not name.
import { createHash } from "node:crypto";
import { annotationOf, at, asJson, nameOf, withMetadata, type Json } from "./kubeObject.ts";
import { hasUnknown } from "./properties.ts";

const AUTONAMED = "pulumi.com/autonamed";

/** What a name is made of. */
export interface NameSource {
  readonly urn: string;
  /** The engine's seed: the same in preview and update. */
  readonly seed: Uint8Array;
}

/** `inputs` with a name of its own where it has none: the resource's name and 8 hexadecimal digits. */
export function withName(inputs: Json, { urn, seed }: NameSource): Json {
  if (nameOf(inputs) !== "" || hasUnknown(at(inputs, "metadata", "name"))) return inputs;
  const suffix = createHash("sha256").update(seed).digest("hex").slice(0, 8);
  return named(inputs, `${urn.split("::").at(-1) ?? "object"}-${suffix}`);
}

/** `inputs` with the name that its object got so before. */
export function withOldName(inputs: Json, old: Json): Json {
  if (nameOf(inputs) !== "" || annotationOf(old, AUTONAMED) !== "true") return inputs;
  return named(inputs, nameOf(old));
}

function named(inputs: Json, name: string): Json {
  const annotations = { ...asJson(at(inputs, "metadata", "annotations")), [AUTONAMED]: "true" };
  return withMetadata(inputs, { name, annotations });
}
