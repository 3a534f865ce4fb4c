// Asks a person for a yes, where there is one to ask.
import { createInterface } from "node:readline/promises";

/**
 * Asks on stderr, so that stdout stays what it is; only a written-out `yes` counts.
 * @returns undefined where stdin or stderr is no terminal.
 */
export async function askAtTerminal(
  question: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} Type yes to go on: `, { signal });
    return answer.trim().toLowerCase() === "yes";
  } finally {
    lines.close();
  }
}
