// All entries of the diagnosis, and how one is found.
import { DatabaseError } from "pg";
import { ACCESS } from "./access.ts";
import { fill, isMeant, type Entry, type Facts } from "./entry.ts";
import { errorFacts } from "./facts.ts";
import { OBJECTS } from "./objects.ts";
import { RESOURCES } from "./resources.ts";
import { ROWS } from "./rows.ts";
import { SESSIONS } from "./sessions.ts";

/** A reading of one error. */
export interface Diagnosis {
  readonly likely: string;
  readonly next: string;
}

/** What a statement's error can mean; among entries of one code the order counts. */
export const STATEMENT_ENTRIES: readonly Entry[] = [
  ...ACCESS,
  ...OBJECTS,
  ...ROWS,
  ...RESOURCES,
  ...SESSIONS,
];

/** The entry of what the server said, where there is one. */
export function findEntry(error: DatabaseError, facts: Facts = {}): Entry | undefined {
  return STATEMENT_ENTRIES.find(
    (entry) => entry.codes.includes(error.code ?? "") && isMeant(entry, error, facts),
  );
}

/** The entry's texts with what is known put in. */
export function tell(entry: Entry, facts: Facts): Diagnosis {
  return { likely: fill(entry.likely, facts), next: fill(entry.next, facts) };
}

/** What the error's own fields tell; undefined for a code that the table does not have. */
export function diagnose(error: DatabaseError): Diagnosis | undefined {
  const facts = errorFacts(error);
  const entry = findEntry(error, facts);
  return entry && tell(entry, facts);
}

/** Why the server ended a connection, where it said so: parts of the error to tell. */
export function diagnoseCut(error: unknown): Partial<Diagnosis & { readonly sqlstate: string }> {
  if (!(error instanceof DatabaseError) || error.code === undefined) return {};
  const diagnosis = diagnose(error);
  return diagnosis ? { ...diagnosis, sqlstate: error.code } : {};
}
