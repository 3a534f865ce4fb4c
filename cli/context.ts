// What every command is given, and what it gives back.
import type { StepEvent } from "../engine/events.ts";

/** What a command may use of the world. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that the stacks' files are in. */
  readonly cwd: string;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Takes what a run says while it runs. */
  readonly sink: (event: StepEvent) => void;
  /** A line for people, at once: stdout, or stderr with `--json`. */
  readonly say: (line: string) => void;
  /**
   * Asks for `yes` at the terminal.
   * @returns undefined where there is no terminal to ask at.
   */
  readonly ask: (question: string) => Promise<boolean | undefined>;
}

/** How a command ended. */
export interface Outcome {
  /** The document of `--json`, beside `ok` and `command`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The same for people. */
  readonly lines: readonly string[];
  /** @default 0 */
  readonly exitCode?: number;
}

/** One command's work; what it throws is printed and decides the exit code. */
export type CommandRun<Options> = (options: Options, context: CommandContext) => Promise<Outcome>;
