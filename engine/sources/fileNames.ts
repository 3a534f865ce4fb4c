// The names that a migration's files may have, and what each name says.

/** What a file of a migration is for. */
export type FileRole = "up" | "down" | "verify";

/** The parts of a migration file's name. */
export interface FileName {
  /** The number as written, for example `03`. */
  readonly number: string;
  /** The number's value; numbers are compared by it, so `3` and `03` are the same. */
  readonly order: bigint;
  /** What stands between number and role: `add_contact_phone`. */
  readonly name: string;
  readonly role: FileRole;
}

/** The accepted forms, for error messages. */
export const ACCEPTED_FORMS =
  "NN_name_up.sql, NN_name_down.sql, NN_name_verify.sql (or NN_name.up.sql and so on), R_name.sql";

/** Digits from which a number is a timestamp: those have gaps by nature, short ones must not. */
const TIMESTAMP_DIGITS = 8;

/** 18 digits is what a PostgreSQL bigint is sure to hold. */
const FORM = /^(\d{1,18})_([A-Za-z0-9][A-Za-z0-9_-]*?)[._](up|down|verify)\.sql$/;

/** A file that runs again whenever it changed. */
export const REPEATABLE_FORM = /^R_([A-Za-z0-9][A-Za-z0-9_-]*)\.sql$/;

/** The parts of `fileName`, or undefined where it has none of the accepted forms. */
export function parseFileName(fileName: string): FileName | undefined {
  const [, number, name, role] = FORM.exec(fileName) ?? [];
  if (number === undefined || name === undefined) return undefined;
  return { number, order: BigInt(number), name, role: role as FileRole };
}

/** Whether a file must be one of a migration's: it ends in `.sql`, in any case. */
export function isSqlFile(fileName: string): boolean {
  return !fileName.startsWith(".") && fileName.toLowerCase().endsWith(".sql");
}

/** Whether a number is a timestamp (8 digits or more) and not a place in a sequence. */
export function isTimestamp(number: string): boolean {
  return number.length >= TIMESTAMP_DIGITS;
}
