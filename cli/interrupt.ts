// Ctrl-C and SIGTERM: the first asks a command to end cleanly, the second ends it at once.
import { EXIT_CODES } from "../engine/errors/lockstepError.ts";

/** Signals that ask a command to end; SIGHUP comes when its terminal is closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A watch for signals. */
export interface InterruptWatch {
  readonly signal: AbortSignal;
  /** Takes something else as an interrupt, such as a parent that is gone. */
  interrupt(): void;
  stop(): void;
}

/**
 * Watches until `stop`. A command that leaves nothing half done ends at the first signal; others
 * (`cleanly`) are given the time to roll back.
 */
export function watchInterrupts(options: {
  readonly cleanly: boolean;
  /** Called before the process is ended at once. */
  readonly onExit: () => void;
}): InterruptWatch {
  const controller = new AbortController();
  const onSignal = () => {
    if (options.cleanly && !controller.signal.aborted) {
      controller.abort();
      return;
    }
    options.onExit();
    process.exit(EXIT_CODES.interrupted);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    interrupt: () => {
      controller.abort();
    },
    stop: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
