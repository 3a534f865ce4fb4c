// What a step's command says on stdout: JSON lines, the last one its result or its error.
import { redact } from "../errors/formatError.ts";
import {
  LockstepError,
  isLockstepError,
  type ErrorCode,
  type ErrorDetails,
} from "../errors/lockstepError.ts";
import type { StepEvent } from "../events.ts";

/** How a step ended well. */
export interface StepResult {
  /** `pending`: it did what it could, and something approved is still to be done. */
  readonly verdict: "pass" | "pending";
  /** One line for people. */
  readonly summary: string;
  /** Files applied by this run: `03_add_contact_phone`. */
  readonly applied: readonly string[];
  /** Contract files that wait for approval. */
  readonly waiting: readonly string[];
  /** The backup's id, from a backup step. */
  readonly backup?: string;
  /** The highest contract file that is applied, from a verification; null when there is none. */
  readonly contractThrough?: string | null;
}

/** An error as it travels between processes. */
interface ErrorLine extends Omit<ErrorDetails, "cause"> {
  readonly code: ErrorCode;
  readonly message: string;
}

/** One line of a step's stdout. */
export type StepLine =
  | { readonly type: "event"; readonly event: StepEvent }
  | { readonly type: "result"; readonly result: StepResult }
  | { readonly type: "error"; readonly error: ErrorLine };

/** One line, with its newline. */
export function encodeLine(line: StepLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Kubernetes cuts a termination message to this length, bytes. */
const TERMINATION_BYTES = 4_096;

/** A result or an error short enough for a container's termination message: what is long in it is left out or cut. */
export function terminationMessage(line: Exclude<StepLine, { type: "event" }>): string {
  const whole = JSON.stringify(line);
  if (Buffer.byteLength(whole) <= TERMINATION_BYTES) return whole;
  const cut = (text: string | undefined) => text?.slice(0, 400);
  if (line.type === "result") {
    const { applied, waiting, summary } = line.result;
    const last = (files: readonly string[]) => files.slice(-10).map((file) => file.slice(0, 100));
    const result = { ...line.result, summary: summary.slice(0, 400) };
    return JSON.stringify({
      type: "result",
      result: { ...result, applied: last(applied), waiting: last(waiting) },
    });
  }
  const { code, message, where, seen, likely, next } = line.error;
  const details = { where: cut(where), seen: cut(seen), likely: cut(likely), next: cut(next) };
  return JSON.stringify({ type: "error", error: { code, message: cut(message), ...details } });
}

/** Reads a line back; undefined for what is no line of this protocol. */
export function decodeLine(text: string): StepLine | undefined {
  if (!text.startsWith('{"type":')) return undefined;
  try {
    return JSON.parse(text) as StepLine;
  } catch {
    return undefined;
  }
}

/** An error as a line; secrets are taken out before it leaves the process. */
export function errorLine(error: unknown): Extract<StepLine, { type: "error" }> {
  if (!isLockstepError(error)) {
    const message = redact(error instanceof Error ? error.message : String(error));
    return { type: "error", error: { code: "STEP_FAILED", message } };
  }
  const { code, message, where, seen, likely, next, sqlstate } = error;
  const details = { where, seen, likely, next, sqlstate };
  const told = Object.entries(details).filter(([, text]) => text !== undefined);
  const clean = Object.fromEntries(told.map(([key, text]) => [key, redact(text ?? "")]));
  return { type: "error", error: { code, message: redact(message), ...clean } };
}

/** The error that a line tells of. */
export function errorOf(line: ErrorLine): LockstepError {
  const { code, message, ...details } = line;
  return new LockstepError(code, message, details);
}
