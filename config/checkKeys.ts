// Checks a stack's config key by key, so that a fault in one does not hide those in others.
import type { z } from "zod";
import { showValue, type Fault } from "./faults.ts";
import { nearestName } from "./nearest.ts";
import { type ConfigKey, configSchema, knownNames, type WrittenConfig } from "./schema.ts";

/** The namespace of lockstep's keys, whatever the project is called. */
export const NAMESPACE = "lockstep";

/** Values by key, without namespace; blocks as objects. */
export type Values = Readonly<Record<string, unknown>>;

/** What could be read, and what could not. */
export interface CheckedKeys {
  readonly written: Partial<WrittenConfig>;
  readonly faults: readonly Fault[];
}

/** Names whose values are never shown, even where somebody forgot to encrypt them. */
const NEVER_SHOWN = ["url", "directUrl", "secretEnv", "proofUrl"];

/** Reads each known key and refuses each unknown one. `isSecret` tells whether a key is encrypted. */
export function checkKeys(values: Values, isSecret: (key: string) => boolean): CheckedKeys {
  const known = Object.keys(configSchema.shape);
  const unknown = Object.keys(values).filter((key) => !known.includes(key));
  const faults = unknown.map((key) => unknownKey([], key));
  const written: Partial<Record<ConfigKey, unknown>> = {};
  for (const name of known as ConfigKey[]) {
    const result = configSchema.shape[name].safeParse(values[name]);
    if (result.success) written[name] = result.data;
    for (const issue of (result.error?.issues ?? []).flatMap(plainIssues)) {
      faults.push(...toFaults(issue, { name, value: values[name], secret: isSecret(name) }));
    }
  }
  return { written: written as Partial<WrittenConfig>, faults };
}

/** Of a value that may have several forms and has none: what is wrong with the form that it comes nearest to. */
export function plainIssues(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || issue.message !== "Invalid input") return [issue];
  const near = issue.errors.find((issues) => issues.some(isWithin));
  const [first = [issue]] = issue.errors;
  return (near ?? first).map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

function isWithin({ path, code }: z.core.$ZodIssue): boolean {
  return path.length > 0 || code === "unrecognized_keys";
}

/** `lockstep:` and the path, as `pulumi config set --path` takes it. */
export function fullKey(path: readonly PropertyKey[]): string {
  const parts = path.map((part, index) => {
    if (typeof part === "number") return `[${String(part)}]`;
    return index === 0 ? String(part) : `.${String(part)}`;
  });
  return `${NAMESPACE}:${parts.join("")}`;
}

function toFaults(
  issue: z.core.$ZodIssue,
  key: { readonly name: ConfigKey; readonly value: unknown; readonly secret: boolean },
): readonly Fault[] {
  const path = [key.name, ...issue.path];
  if (issue.code === "unrecognized_keys") return issue.keys.map((name) => unknownKey(path, name));
  const value = valueAt(key.value, issue.path);
  const hidden =
    key.secret || path.some((part) => NEVER_SHOWN.includes(String(part))) || isKey(path);
  const seen = hidden && value !== undefined ? "(not shown)" : showValue(value);
  return [{ key: fullKey(path), seen, expected: issue.message }];
}

/** What signs notices or opens backups; `database.secret` only names one, as other keys do. */
function isKey(path: readonly PropertyKey[]): boolean {
  const [block, last] = [path[0], String(path.at(-1))];
  if (block === "notices") return last === "secret";
  return (
    block === "backup" && ["key", "accessKey", "secretKey", "endpoint", "bucket"].includes(last)
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, name) => (part as Record<PropertyKey, unknown> | null | undefined)?.[name],
    value,
  );
}

function unknownKey(path: readonly PropertyKey[], name: string): Fault {
  const known = knownNames(path);
  const nearest = nearestName(name, known);
  if (known.length === 0)
    return {
      key: fullKey([...path, name]),
      seen: "no key of lockstep's",
      expected: "expected a key that docs/config.md has there",
    };
  return {
    key: fullKey([...path, name]),
    seen: "no key of lockstep's",
    expected:
      nearest === undefined
        ? `known in ${fullKey(path)}: ${known.join(", ")}`
        : `did you mean ${fullKey([...path, nearest])}?`,
  };
}
