// The frame of a run: a first line that says what it does, a last one that says how it ended.
import { EXIT_CODES, exitCodeOf } from "../engine/errors/lockstepError.ts";
import { reporter } from "../engine/events.ts";
import type { CommandContext } from "./context.ts";

/** What a run's frame says. */
export interface RunLog<T> {
  /** What is done, to what. */
  readonly doing: string;
  /** What came of it. */
  readonly describe: (result: T) => string;
}

/** How an end with an exit code is called. */
const ENDS: Readonly<Record<number, string>> = {
  [EXIT_CODES.refused]: "refused",
  [EXIT_CODES.leaseNotObtained]: "gave up",
  [EXIT_CODES.interrupted]: "interrupted",
};

/** Does `work` between the two lines; the error itself is printed by whoever called the command. */
export async function withRunLog<T>(
  context: CommandContext,
  log: RunLog<T>,
  work: () => Promise<T>,
): Promise<T> {
  const report = reporter("run", context.sink);
  const started = performance.now();
  const took = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  report("info", log.doing);
  try {
    const result = await work();
    report("info", `done after ${took()}: ${log.describe(result)}`);
    return result;
  } catch (error) {
    report("error", `${ENDS[exitCodeOf(error)] ?? "failed"} after ${took()}`);
    throw error;
  }
}
