// The commands that need files only.
import { Argument, Option, type Command } from "commander";
import type { ApproveOptions } from "../commands/approve.ts";
import type { LintOptions } from "../commands/lint.ts";
import type { NewOptions } from "../commands/new.ts";
import type { RehearseOptions } from "../commands/rehearse.ts";
import type { RewriteOptions } from "../commands/rewrite.ts";
import { parseNumberOption, parsePeriodOption, parseRuleOption } from "../optionValues.ts";
import { REPORT_FORMS } from "../reports/report.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";
import {
  folderOption,
  folderOptions,
  stackOption,
  targetOption,
  yesOption,
} from "./sharedOptions.ts";

const newCommand: Declaration<NewOptions> = {
  name: "new",
  summary: "Writes the up and down file of the next migration",
  example: "lockstep new add_contact_phone",
  args: [new Argument("<name>", "what changes, in snake_case")],
  options: [folderOption(), stackOption("the stack whose config counts").default("dev")],
  load: async () => (await import("../commands/new.ts")).runNew,
};

const lint: Declaration<LintOptions> = {
  name: "lint",
  summary: "Tells each file's stage and what is to be said against it",
  example: "lockstep lint --from 12 --output github",
  exits: {
    0: "nothing as severe as --fail-on",
    1: "such findings",
    2: "bad input or usage, SQL that does not parse",
  },
  options: [
    new Option("--output <form>", "what to write on stdout").choices(REPORT_FORMS).default("text"),
    new Option(
      "--rule <rule=level>",
      "a rule's level: off, info, warning or error; may be given several times",
    ).argParser(parseRuleOption),
    new Option(
      "--live",
      "ask the database (DATABASE_URL) for its version, INVALID indexes and the tables' sizes",
    ),
    new Option(
      "--from <number>",
      "the first file to look at; those before only tell of the schema",
    ).argParser(parseNumberOption),
    new Option("--fail-on <severity>", "the least severity that ends with 1")
      .choices(["error", "warning", "info"])
      .default("error"),
    ...folderOptions(),
  ],
  load: async () => (await import("../commands/lint.ts")).runLint,
};

const approve: Declaration<ApproveOptions> = {
  name: "approve",
  summary: "Approves a stack's contract files, or risky expand files, in its Pulumi.<stack>.yaml",
  example: 'lockstep approve --stack prod --through 05 --reason "1.1 has run for a week"',
  exits: { 1: "not approved, or the file cannot be written" },
  options: [
    new Option(
      "--through <number>",
      "the last file to approve (default: up to the stack's lockstep:target, else the last there is)",
    ).argParser(parseNumberOption),
    new Option(
      "--stage <stage>",
      "which files: contract files, or expand files that wait for their risk",
    )
      .choices(["contract", "expand"])
      .default("contract"),
    new Option("--expires <period>", "how long the approval is good")
      .argParser(parsePeriodOption)
      .default(7 * 86_400_000, "7d"),
    new Option("--reason <text>", "why, for whoever reads it later"),
    yesOption(),
    ...folderOptions(stackOption("the stack to approve for").makeOptionMandatory()),
  ],
  load: async () => (await import("../commands/approve.ts")).runApprove,
};

const rehearse: Declaration<RehearseOptions> = {
  name: "rehearse",
  summary: "Runs the pending files up, down and up on a scratch server",
  example: "lockstep rehearse --applied 04 --trace",
  exits: {
    1: "the rehearsal failed, or no server could be had",
    3: "a run would refuse the files",
  },
  options: [
    ...folderOptions(),
    targetOption(),
    new Option(
      "--applied <number>",
      "the files up to this one count as applied, whatever database is named",
    ).argParser(parseNumberOption),
    new Option("--empty", "begin with an empty database, whatever database is named").conflicts(
      "applied",
    ),
    new Option("--fresh", "rehearse also where the same files and schema were rehearsed before"),
    new Option("--trace", "show each statement's locks, rewrites and time"),
  ],
  cleanly: true,
  load: async () => (await import("../commands/rehearse.ts")).runRehearse,
};

const rewrite: Declaration<RewriteOptions> = {
  name: "rewrite",
  summary: "Writes the steps in place of a file that adds and removes, renames or changes a type",
  example: "lockstep rewrite 05",
  exits: { 1: "not written", 3: "there is no recipe for it, or it is applied already" },
  args: [new Argument("<number>", "the file that is refused").argParser(parseNumberOption)],
  options: [
    new Option("--as <column>", "what the new column is called, where a type changes"),
    new Option(
      "--back <expression>",
      "from the new column's value to the old type, where lockstep knows none: 'amount_text::int'",
    ),
    new Option(
      "--key <columns>",
      "the columns by which the backfill walks (default: the primary key's)",
    ),
    yesOption(),
    ...folderOptions(),
  ],
  load: async () => (await import("../commands/rewrite.ts")).runRewrite,
};

/** Adds them to `program`. */
export function declareFiles(program: Command, handle: CallHandler): void {
  declare(program, newCommand, handle);
  declare(program, lint, handle);
  declare(program, rewrite, handle);
  declare(program, rehearse, handle);
  declare(program, approve, handle);
}
