// The one document that `--json` prints, whatever happens.
import { redact } from "../engine/errors/formatError.ts";
import { isLockstepError } from "../engine/errors/lockstepError.ts";
import type { Outcome } from "./context.ts";

/** The document of a command that came to an end; `ok` is false where its exit code is not 0. */
export function outcomeDocument(command: string, outcome: Outcome): string {
  return toText({ ok: (outcome.exitCode ?? 0) === 0, command, ...outcome.json });
}

/** The document of a command that failed; the same texts as for people, without secrets. */
export function errorDocument(command: string | null, error: unknown, exitCode: number): string {
  return toText({ ok: false, command, exitCode, error: errorFields(error) });
}

/** The same in one line, where each line of stdout is a document. */
export function errorLine(command: string | null, error: unknown, exitCode: number): string {
  return toText({ ok: false, command, exitCode, error: errorFields(error) }, 0);
}

/** One of many documents of a command, in a line of its own. */
export function lineDocument(command: string, json: Readonly<Record<string, unknown>>): string {
  return toText({ ok: true, command, ...json }, 0);
}

/** An error for machines: its code and the texts that people see. */
export function errorFields(error: unknown): Readonly<Record<string, string>> {
  const message = error instanceof Error ? error.message || error.name : String(error);
  if (!isLockstepError(error)) return { code: "UNEXPECTED", message: redact(message) };
  const { code, where, seen, likely, next, sqlstate } = error;
  const told = Object.entries({ message, where, seen, likely, next, sqlstate }).flatMap(
    ([key, text]) => (text === undefined ? [] : [[key, redact(text)] as const]),
  );
  return { code, ...Object.fromEntries(told) };
}

function toText(document: Readonly<Record<string, unknown>>, indent = 2): string {
  const text = JSON.stringify(
    document,
    (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
    indent,
  );
  return `${text}\n`;
}
