// Asks a person, where there is one to ask.
import { createInterface } from "node:readline/promises";
import { LockstepError } from "../engine/errors/lockstepError.ts";

/**
 * Asks on stderr, so that stdout stays what it is; only a written-out `yes` counts, and the end of
 * the input is a no.
 * @returns undefined where stdin or stderr is no terminal.
 * @throws LockstepError INTERRUPTED on Ctrl-C or when `signal` aborts.
 */
export async function askAtTerminal(
  question: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const answer = await askLineAtTerminal(`${question} Type yes to go on: `, signal);
  return answer === undefined ? undefined : answer.toLowerCase() === "yes";
}

/**
 * Asks for a line on stderr; the end of the input is an empty one.
 * @returns undefined where stdin or stderr is no terminal.
 * @throws LockstepError INTERRUPTED on Ctrl-C or when `signal` aborts.
 */
export async function askLineAtTerminal(
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal is in raw mode now: Ctrl-C comes as a key, not as a signal.
  const stop = new AbortController();
  lines.once("SIGINT", () => {
    stop.abort();
  });
  const closed = new Promise<string>((resolve) => {
    lines.once("close", () => {
      resolve("");
    });
  });
  try {
    const answer = lines.question(question, {
      signal: AbortSignal.any([stop.signal, signal]),
    });
    return (await Promise.race([answer, closed])).trim();
  } catch (cause) {
    throw new LockstepError("INTERRUPTED", "Interrupted; nothing was changed", { cause });
  } finally {
    lines.close();
  }
}
