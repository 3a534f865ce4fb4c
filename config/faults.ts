// Faults of a config, and the one error that reports all of them.
import { LockstepError } from "../engine/errors/lockstepError.ts";

/** One thing that is wrong. */
export interface Fault {
  /** Full key with its path: `lockstep:gate.watch`. */
  readonly key: string;
  /** The value seen, printable and never a secret; missing where there is none. */
  readonly seen?: string;
  /** What belongs there, or what to do. */
  readonly expected: string;
}

/** Longer values are cut in messages. */
const MAX_SEEN = 60;

/** Beyond this many faults each takes one line, so that all of them fit one screen. */
const MAX_ROOMY = 8;

/** `value` as it can be shown in a message. */
export function showValue(value: unknown): string {
  const text = value === undefined ? "(nothing)" : JSON.stringify(value);
  return text.length <= MAX_SEEN ? text : `${text.slice(0, MAX_SEEN - 1)}…`;
}

/** The error for all of `faults` of stack `stack`, in the order of their keys. */
export function configError(stack: string, faults: readonly Fault[]): LockstepError {
  const sorted = faults.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const separator = sorted.length <= MAX_ROOMY ? "\n  " : ": ";
  const lines = sorted.map(
    ({ key, seen, expected }) =>
      `${key}${seen === undefined ? "" : ` is ${seen}`}${separator}${expected}`,
  );
  const count = sorted.length === 1 ? "a fault" : `${String(sorted.length)} faults`;
  return new LockstepError("CONFIG", `The config of stack ${stack} has ${count}`, {
    where: `Pulumi.${stack}.yaml`,
    seen: lines.join("\n"),
    next: `pulumi config set --stack ${stack} --path KEY VALUE (--secret for passwords), then again`,
  });
}
