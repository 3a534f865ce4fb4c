// Telling a Pulumi that has died from a user's Ctrl-C: both end the following of a step, only the latter the step.
import { LockstepError } from "../errors/lockstepError.ts";

/** The reason of an abort when nobody is left to read what a step says. */
export class EngineGone extends LockstepError {
  constructor() {
    super("INTERRUPTED", "Pulumi's engine does not answer any more");
  }
}

/** Whether `signal` was aborted because Pulumi has died. */
export function isEngineGone(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof EngineGone;
}
