// How a command is stated: its name, its help and what to load when it is called.
import type { Argument, Command, Option } from "commander";
import type { CommandContext, CommandRun, Outcome } from "../context.ts";
import type { GivenFolder } from "../stackSettings.ts";

/** One command. `Options` is what its run takes; options and arguments must fill it. */
export interface Declaration<Options> {
  readonly name: string;
  /** What it does, in one sentence without full stop. */
  readonly summary: string;
  /** One line to type. */
  readonly example: string;
  /** What its exit codes mean, beside 0, 2 and 130, which mean the same everywhere. */
  readonly exits?: Readonly<Record<number, string>>;
  readonly args?: readonly Argument[];
  readonly options: readonly Option[];
  /** It has something to roll back: the first signal asks it to end instead of ending it. */
  readonly cleanly?: boolean;
  /** With `--json` it prints many documents, each in a line. */
  readonly jsonLines?: boolean;
  readonly load: () => Promise<CommandRun<Options>>;
}

/** A call of a command, ready to run. */
export interface Call {
  readonly name: string;
  readonly cleanly: boolean;
  readonly jsonLines: boolean;
  readonly run: (context: CommandContext) => Promise<Outcome>;
}

/** Takes a call once the arguments are understood. */
export type CallHandler = (call: Call) => Promise<void>;

/** Adds one command to `program`. */
export function declare<Options>(
  program: Command,
  declaration: Declaration<Options>,
  handle: CallHandler,
): void {
  const { name, summary, cleanly = false, jsonLines = false, load } = declaration;
  const command = program.command(name).summary(summary).description(`${summary}.`);
  for (const argument of declaration.args ?? []) command.addArgument(argument);
  for (const option of declaration.options) command.addOption(option);
  const documents = jsonLines ? "a JSON document a line" : "one JSON document";
  command.option("--json", `print ${documents} on stdout, messages on stderr`);
  command.addHelpText("after", footer(declaration));
  command.action(async () => {
    const names = command.registeredArguments.map((argument) => argument.name());
    const args = Object.fromEntries(names.map((key, at) => [key, command.processedArgs[at]]));
    // What commander gives is as the declaration says; only the compiler cannot know.
    const options = { ...command.opts(), ...args } as Options;
    await handle({
      name: commandPath(command),
      cleanly,
      jsonLines,
      run: async (context) => (await load())(await complete(command, options, context), context),
    });
  });
}

/** A command that reads the migrations is told by the stack's file where they are. */
async function complete<Options>(
  command: Command,
  options: Options,
  { cwd }: CommandContext,
): Promise<Options> {
  if (!command.options.some(({ long }) => long === "--migrations")) return options;
  const { withStackFolder } = await import("../stackSettings.ts");
  return await withStackFolder(options as Options & GivenFolder, cwd);
}

/** `migrate`, `health check`: a command's name with its group's, without the program's own. */
export function commandPath(command: Command): string {
  const { parent } = command;
  if (parent === null) return "";
  const group = commandPath(parent);
  return group === "" ? command.name() : `${group} ${command.name()}`;
}

/** The meanings that hold for every command. */
const COMMON_EXITS = { 0: "done", 2: "bad input or usage", 130: "interrupted" } as const;

function footer({ example, exits }: Declaration<never>): string {
  const all: Readonly<Record<string, string>> = { ...COMMON_EXITS, ...exits };
  const codes = Object.keys(all)
    .map(Number)
    .toSorted((a, b) => a - b)
    .map((code) => `  ${String(code).padEnd(4)} ${all[String(code)] ?? ""}`);
  return ["", "Example:", `  ${example}`, "", "Exit codes:", ...codes].join("\n");
}
