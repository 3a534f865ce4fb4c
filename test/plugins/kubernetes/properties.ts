// Pulumi's wire values beside Kubernetes' JSON: unknowns, secrets, and the checkpoint that state keeps.
import { holdsSecret, unwrap, wrapSecret } from "../../../provider/unwrap.ts";
import { asJson, type Json } from "./kubeObject.ts";

/** What stands for a value that is not known yet, by its type (sdk/go/common/resource/plugin/rpc.go). */
const UNKNOWNS: ReadonlySet<unknown> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** The members of state that are the plugin's own, with the official names. */
const OWN = {
  inputs: "__inputs",
  apiVersion: "__initialApiVersion",
  manager: "__fieldManager",
} as const;

/** Whether `value` is, or holds at any depth, what is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasUnknown);
  return UNKNOWNS.has(value);
}

/** Plain JSON of wire properties: secrets unwrapped, nulls left out. */
export function plain(properties: Json): Json {
  return withoutNulls(unwrap(properties)) as Json;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  const json = asJson(value);
  if (json === undefined) return value;
  const kept = Object.entries(json).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)]));
}

/**
 * `object` with what came as a secret in `source` marked as one, and a Secret's data always. A list
 * with a secret in it becomes one as a whole, because lists may be reordered.
 */
export function markSecrets(object: Json, source: Json): Json {
  if (object.kind === "Secret") return markMembers(object, ["data", "stringData"]);
  const marked = Object.entries(object).map(([key, value]): [string, unknown] => {
    const from = source[key];
    if (!holdsSecret(from)) return [key, value];
    const [inner, innerSource] = [asJson(value), asJson(from)];
    // A wrapper's own members hold no secret: what they hold is the secret.
    const isParent = Object.values(innerSource ?? {}).some(holdsSecret);
    if (inner !== undefined && innerSource !== undefined && isParent) {
      return [key, markSecrets(inner, innerSource)];
    }
    return [key, wrapSecret(value)];
  });
  return Object.fromEntries(marked);
}

function markMembers(object: Json, keys: readonly string[]): Json {
  const marked = Object.entries(object).map(([key, value]): [string, unknown] =>
    keys.includes(key) && !holdsSecret(value) ? [key, wrapSecret(value)] : [key, value],
  );
  return Object.fromEntries(marked);
}

/** What state keeps of an object. */
export interface Checkpoint {
  /** The inputs of the last create or update, plain. */
  readonly inputs: Json;
  /** What the API server answered last, plain. */
  readonly live: Json;
  /** The field manager that applied it; undefined in state of before server-side apply. */
  readonly manager: string | undefined;
}

/** The outputs of a resource: its live object, its inputs and its field manager; `source` tells the secrets. */
export function toOutputs(checkpoint: Checkpoint, source: Json): Json {
  const inputs = markSecrets(checkpoint.inputs, source);
  return {
    ...markSecrets(checkpoint.live, source),
    [OWN.inputs]: inputs,
    [OWN.apiVersion]: checkpoint.inputs.apiVersion,
    [OWN.manager]: checkpoint.manager,
  };
}

/** The checkpoint within saved outputs. */
export function fromOutputs(outputs: Json): Checkpoint {
  const all = plain(outputs);
  const { [OWN.inputs]: inputs, [OWN.manager]: manager, [OWN.apiVersion]: _version, ...live } = all;
  return {
    inputs: asJson(inputs) ?? {},
    live,
    manager: typeof manager === "string" ? manager : undefined,
  };
}
