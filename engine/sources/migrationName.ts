// Which names of migrations tell their reader something.
import { LockstepError } from "../errors/lockstepError.ts";

/** Leaves room for number and ending, and is still read at a glance. */
const MAX_LENGTH = 60;

/** Words that by themselves don't say what changes. */
const VAGUE: ReadonlySet<string> = new Set([
  ...["update", "updates", "fix", "fixes", "test", "tests", "change", "changes", "migration"],
  ...["migrations", "new", "tmp", "temp", "misc", "stuff", "wip", "patch", "modify", "edit"],
  ...["schema", "table", "tables", "column", "columns", "database", "db", "sql", "data", "todo"],
  ...[
    "add",
    "create",
    "remove",
    "drop",
    "alter",
    "foo",
    "bar",
    "the",
    "some",
    "more",
    "up",
    "down",
  ],
]);

const SNAKE_CASE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/**
 * Accepts a name in snake_case that says what changes.
 * @throws LockstepError `USAGE`, with the corrected form where there is one.
 */
export function ensureTellingName(name: string): void {
  const corrected = toSnakeCase(name);
  if (!SNAKE_CASE.test(name)) {
    throw new LockstepError("USAGE", `"${name}" is not a name in snake_case`, {
      next: isTelling(corrected)
        ? `lockstep new ${corrected}`
        : "name what changes, for example: lockstep new add_contact_phone",
    });
  }
  if (name.length > MAX_LENGTH) {
    throw new LockstepError("USAGE", `the name is too long: ${name.length} characters`, {
      seen: name,
      next: `shorten it to ${MAX_LENGTH}; what else is to be said goes into the file's head`,
    });
  }
  if (!isTelling(name)) {
    throw new LockstepError("USAGE", `"${name}" does not say what changes`, {
      likely: "in a year's time the list of migrations is all that one sees",
      next: "name the object and what happens to it, for example: lockstep new add_contact_phone",
    });
  }
}

function isTelling(name: string): boolean {
  return (
    SNAKE_CASE.test(name) &&
    name.split("_").some((word) => !VAGUE.has(word) && !/^v?\d+$/.test(word) && word.length > 1)
  );
}

/** `addContact Phone-Number` as `add_contact_phone_number`; empty where nothing is left. */
export function toSnakeCase(name: string): string {
  return name
    .replace(/\.sql$/i, "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[_\d]+|_+$/g, "");
}
