// Pulumi's wire values: secrets come wrapped, unknowns as a sentinel; both are told apart here and nowhere else.

/** The key that marks a wrapped value, and what it says for a secret (Pulumi's RPC signatures). */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
/** What an unknown string looks like in a preview. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Properties of a resource as the engine sends them. */
export type Properties = Readonly<Record<string, unknown>>;

/** `value` without secret wrappers, at any depth. */
export function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return unwrap((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
}

/** `value` as a secret. */
export function wrapSecret(value: unknown): Properties {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** Whether `value` is known: in a preview, what a resource before it will say is not. */
export function isKnown(value: unknown): boolean {
  return unwrap(value) !== UNKNOWN;
}

/** Wraps those of `outputs` whose input of the same name came as a secret, and those in `secrets`. */
export function keepSecrets(
  outputs: Properties,
  inputs: Properties,
  secrets: readonly string[],
): Properties {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => {
      const secret = secrets.includes(key) || holdsSecret(inputs[key]);
      return [key, secret && !isSecret(value) ? wrapSecret(value) : value];
    }),
  );
}

/** Whether `value` is a secret or holds one at any depth. */
export function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isSecret(value) || Object.values(value).some(holdsSecret);
}

function isSecret(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as Record<string, unknown>)[SIGNATURE_KEY] === SECRET_SIGNATURE
  );
}
