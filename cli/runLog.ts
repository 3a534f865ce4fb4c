// The frame of a run: a first line that says what it does, a last one that says how it ended.
import { isLockstepError } from "../engine/errors/lockstepError.ts";
import { reporter } from "../engine/events.ts";
import type { CommandContext } from "./context.ts";

/** What a run's frame says. */
export interface RunLog<T> {
  /** What is done, to what. */
  readonly doing: string;
  /** What came of it. */
  readonly describe: (result: T) => string;
}

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
    const interrupted = isLockstepError(error) && error.code === "INTERRUPTED";
    report("error", `${interrupted ? "interrupted" : "failed"} after ${took()}`);
    throw error;
  }
}
