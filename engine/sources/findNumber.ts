// Finds the file that a person or a config means by a number.

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
