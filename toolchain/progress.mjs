// Speaks to the person who waits for set-up: progress lines on stderr, and failures as one readable screen.

/**
 * Prints one progress line on stderr, with the time of day, so that stdout stays free for machines.
 * @param {string} line
 */
export function progress(line) {
  const time = new Date().toTimeString().slice(0, 8);
  process.stderr.write(`[${time}] lockstep: ${line}\n`);
}

/** A failure of set-up that is told to the user as it is, without a stack. `exitCode` is what the process should end with. */
export class ToolchainError extends Error {
  /**
   * @param {string} message what failed, what was seen, and what to do, in whole lines
   * @param {{ cause?: unknown, exitCode?: number }} [options]
   */
  constructor(message, options = {}) {
    super(message, { cause: options.cause });
    this.name = "ToolchainError";
    this.exitCode = options.exitCode ?? 1;
  }
}

/**
 * Runs an entry point and ends the process with its exit code; a failure is printed first.
 * @param {() => Promise<number | void>} main returns the exit code, or nothing for 0
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    process.exitCode = error instanceof ToolchainError ? error.exitCode : 1;
    process.stderr.write(`\n${describeFailure(error)}\n`);
  }
}

/**
 * The text that a user gets to see of a failure: own errors without a stack, unexpected ones with it.
 * @param {unknown} error
 * @returns {string}
 */
export function describeFailure(error) {
  if (error instanceof ToolchainError) return `lockstep: ${error.message}`;
  if (error instanceof Error)
    return `lockstep: unexpected failure: ${error.stack ?? error.message}`;
  return `lockstep: unexpected failure: ${String(error)}`;
}
