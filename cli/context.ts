// What every command is given, and what it gives back.
import type { StepEvent } from "../engine/events.ts";
import type { Tone } from "./style.ts";

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
  readonly say: (line: string, tone?: Tone) => void;
  /** The process's own streams, for a command that draws or prints by itself. */
  readonly host: Pick<NodeJS.Process, "stdin" | "stdout">;
  /**
   * Asks for `yes` at the terminal.
   * @returns undefined where there is no terminal to ask at.
   */
  readonly ask: (question: string) => Promise<boolean | undefined>;
  /**
   * Asks for a line at the terminal.
   * @returns what was typed, without white space around it; undefined where there is no terminal to ask at.
   */
  readonly askLine: (question: string) => Promise<string | undefined>;
}

/** How a command ended. */
export interface Outcome {
  /** The document of `--json`, beside `ok` and `command`; null where the command has printed its own. */
  readonly json: Readonly<Record<string, unknown>> | null;
  /** The same for people. */
  readonly lines: readonly string[];
  /** @default 0 */
  readonly exitCode?: number;
}

/** One command's work; what it throws is printed and decides the exit code. */
export type CommandRun<Options> = (options: Options, context: CommandContext) => Promise<Outcome>;
