// One call of the command from its arguments to its exit code: the only place that prints errors.
import { CommanderError, type Command } from "commander";
import { formatError, redact } from "../engine/errors/formatError.ts";
import {
  EXIT_CODES,
  exitCodeOf,
  isLockstepError,
  LockstepError,
} from "../engine/errors/lockstepError.ts";
import { askAtTerminal, askLineAtTerminal } from "./ask.ts";
import type { CommandContext } from "./context.ts";
import { commandPath, type Call } from "./declarations/declare.ts";
import { watchInterrupts, type InterruptWatch } from "./interrupt.ts";
import { errorDocument, errorLine, outcomeDocument } from "./jsonDocument.ts";
import { buildProgram } from "./program.ts";
import { paintFor } from "./style.ts";
import { Terminal } from "./terminal.ts";
import { ensureNoDatabaseArgument, usageError } from "./usageError.ts";

/** Runs `lockstep` with `args` on this process's streams and returns its exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const cli = new Cli(args);
  try {
    ensureNoDatabaseArgument(args);
    return await cli.parse();
  } catch (error) {
    return cli.fail(error);
  }
}

class Cli {
  readonly #args: readonly string[];
  readonly #json: boolean;
  readonly #terminal: Terminal;
  readonly #program = buildProgram({
    call: (call) => this.#run(call),
    step: () => this.#step(),
    relay: () => this.#relay(),
  });
  #exitCode: number = EXIT_CODES.done;
  #command: string | null = null;
  #jsonLines = false;

  constructor(args: readonly string[]) {
    this.#args = args;
    this.#json = args.includes("--json");
    this.#terminal = new Terminal(this.#json ? process.stderr : process.stdout, process.env);
    // Whoever read our lines may have gone (`lockstep history | head`): no reason to stop half way.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  }

  async parse(): Promise<number> {
    await this.#program.parseAsync(this.#args, { from: "user" });
    return this.#exitCode;
  }

  async #run(call: Call): Promise<void> {
    this.#command = call.name;
    this.#jsonLines = call.jsonLines;
    const watch = watchInterrupts({
      cleanly: call.cleanly,
      onExit: () => {
        this.#terminal.clear();
      },
    });
    try {
      const outcome = await call.run(this.#contextOf(watch));
      this.#terminal.clear();
      if (this.#json && outcome.json) process.stdout.write(outcomeDocument(call.name, outcome));
      if (!this.#json) for (const line of outcome.lines) this.#terminal.say(line);
      this.#exitCode = outcome.exitCode ?? EXIT_CODES.done;
    } catch (error) {
      throw watch.signal.aborted && !isLockstepError(error) ? interrupted(error) : error;
    } finally {
      watch.stop();
    }
  }

  async #step(): Promise<void> {
    this.#command = "step";
    const { runStepCommand } = await import("./commands/step.ts");
    this.#exitCode = await runStepCommand(process);
  }

  async #relay(): Promise<void> {
    this.#command = "relay";
    const { runRelayCommand } = await import("./commands/relay.ts");
    this.#exitCode = await runRelayCommand(process);
  }

  fail(error: unknown): number {
    this.#terminal.clear();
    const known = error instanceof CommanderError ? this.#usage(error) : error;
    if (known === undefined) return EXIT_CODES.done;
    const code = exitCodeOf(known);
    if (this.#json) {
      const document = this.#jsonLines ? errorLine : errorDocument;
      process.stdout.write(document(this.#command, known, code));
    }
    const paint = paintFor(process.stderr, process.env);
    process.stderr.write(`${paint("bad", "error:")} ${explain(known)}\n`);
    return code;
  }

  /** Undefined where help or version was asked for and printed. */
  #usage(error: CommanderError): LockstepError | undefined {
    if (error.exitCode === 0) return undefined;
    const message = error.code === "commander.help" ? "No command is named" : error.message;
    return usageError(message, calledCommand(this.#program, this.#args));
  }

  #contextOf(watch: InterruptWatch): CommandContext {
    return {
      env: process.env,
      cwd: process.cwd(),
      signal: watch.signal,
      sink: (event) => {
        this.#terminal.show(event);
      },
      say: (line, tone) => {
        this.#terminal.say(line, tone);
      },
      host: process,
      ask: (question) => askAtTerminal(question, watch.signal),
      askLine: (question) => askLineAtTerminal(question, watch.signal),
    };
  }
}

/** The command whose help tells more: as much of `args` as names one. */
function calledCommand(program: Command, args: readonly string[]): string {
  let command = program;
  for (const arg of args) {
    const next = command.commands.find((one) => one.name() === arg);
    if (!next) break;
    command = next;
  }
  return ["lockstep", commandPath(command)].join(" ").trim();
}

function interrupted(cause: unknown): LockstepError {
  return new LockstepError("INTERRUPTED", "Interrupted", { cause });
}

/** One screen at most; a stack only for those who ask for it. */
function explain(error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined;
  if (process.env.LOCKSTEP_DEBUG && stack !== undefined) {
    return `${formatError(error)}\n${redact(stack)}`;
  }
  if (isLockstepError(error)) return formatError(error);
  return `${formatError(error).split("\n")[0] ?? ""}\n  next   this was not foreseen; LOCKSTEP_DEBUG=1 in front of the command shows where it happened`;
}
