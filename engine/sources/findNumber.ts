// Finds the file that a person or a config means by a number.

/** What can be a migration's number: `05`, `1.2`, Alembic's `ae1027a6acf`. */
export const MIGRATION_NUMBER = /^(\d{1,20}(\.\d{1,20})*|[0-9a-z]{8,40})$/;

/** What is looked among. */
interface Numbered {
  /** As written: `03`, `1.2`. */
  readonly number: string;
}

/** Whether a number is a plain one: `3` and `03` are the same. */
const PLAIN = /^\d+$/;

/** The one among `files` whose number is `text`: as written, or of the same value. */
export function findByNumber<T extends Numbered>(files: readonly T[], text: string): T | undefined {
  const exact = files.find((file) => file.number === text);
  if (exact || !PLAIN.test(text)) return exact;
  const value = BigInt(text);
  return files.find((file) => PLAIN.test(file.number) && BigInt(file.number) === value);
}

/** Plain numbers and versions: `03`, `1.2`. */
const VERSION = /^\d+(\.\d+)*$/;

/**
 * Whether number `a` comes after `b`, as both are written. Of revisions, which have no order of their
 * own, each comes after every other one: whoever asks then waits.
 */
export function isAfter(a: string, b: string): boolean {
  if (a === b) return false;
  if (!VERSION.test(a) || !VERSION.test(b)) return true;
  const [one, other] = [a.split(".").map(BigInt), b.split(".").map(BigInt)];
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [x, y] = [one[at] ?? 0n, other[at] ?? 0n];
    if (x !== y) return x > y;
  }
  return false;
}
