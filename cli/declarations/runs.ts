// The commands that change the database.
import { Argument, Option, type Command } from "commander";
import type { AdoptCommandOptions } from "../commands/adopt.ts";
import type { BaselineCommandOptions } from "../commands/baseline.ts";
import type { DownCommandOptions } from "../commands/down.ts";
import type { MarkOptions } from "../commands/mark.ts";
import type { MigrateCommandOptions } from "../commands/migrate.ts";
import type { RepairCommandOptions } from "../commands/repair.ts";
import type { RollbackOptions } from "../commands/rollback.ts";
import { parseNumberOption } from "../optionValues.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";
import {
  backfillOptions,
  folderOptions,
  leaseWaitOption,
  leftoversOption,
  limitOptions,
  stageOption,
  targetOption,
  waitOptions,
  yesOption,
} from "./sharedOptions.ts";

const FAILED = "failed; the message says what was and was not applied";
const LEASE = "another runner held the lease for too long";

const migrate: Declaration<MigrateCommandOptions> = {
  name: "migrate",
  summary: "Applies the pending migrations, each exactly once",
  example: "lockstep migrate --stage expand --target 05",
  exits: { 1: FAILED, 3: "refused: unsafe, not approved, edited or out of order", 4: LEASE },
  options: [
    ...folderOptions(),
    stageOption(),
    targetOption(),
    ...limitOptions(),
    leftoversOption(),
    new Option(
      "--without-backup <reason>",
      "what stands in for the backup that contract and risky files need anywhere but on dev; kept in the ledger",
    ),
    ...backfillOptions(),
    ...waitOptions(),
    new Option(
      "--generate [schema]",
      "then generate Prisma's client (prisma generate); a failure of that only warns",
    ),
  ],
  cleanly: true,
  load: async () => (await import("../commands/migrate.ts")).runMigrate,
};

const down: Declaration<DownCommandOptions> = {
  name: "down",
  summary: "Takes back the last applied migration, or all above a number",
  example: "lockstep down --to 03",
  exits: { 1: FAILED, 3: "refused: a contract file, whose data only a backup has", 4: LEASE },
  options: [
    ...folderOptions(),
    new Option("--to <number>", "the file to go back to (default: back by one)").argParser(
      parseNumberOption,
    ),
    ...limitOptions(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/down.ts")).runDown,
};

const rollback: Declaration<RollbackOptions> = {
  name: "rollback",
  summary:
    "Takes a release back by hand: its app, its migrations or both; or every migration behind a mark",
  example: "lockstep rollback --app",
  exits: {
    1: `${FAILED}; or not confirmed`,
    3: "refused: the release has contracted (the message names the backup), or another one is under way",
    4: LEASE,
  },
  args: [
    new Argument("[name]", "a mark's name, or a release's label: the migrations behind it go"),
  ],
  options: [
    new Option("--app", "take the app back to the release before"),
    new Option("--db", "take back the migrations of the release that was applied last"),
    new Option("--both", "the app, then its migrations"),
    yesOption(),
    new Option("--process <name>", "the app's name, where the stack has several"),
    new Option("--deployment <name>", "on kubernetes (default: as the stack names it)"),
    new Option("--namespace <name>", "on kubernetes (default: the stack's)"),
    new Option("--context <name>", "on kubernetes (default: lockstep:kubernetes.context)"),
    ...folderOptions(),
    ...limitOptions(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/rollback.ts")).runRollback,
};

const mark: Declaration<MarkOptions> = {
  name: "mark",
  summary: "Names the point that the history is at, for lockstep rollback",
  example: "lockstep mark before_schema_add",
  exits: { 1: "the database cannot be reached" },
  args: [new Argument("<name>", "a name for this point")],
  options: [],
  load: async () => (await import("../commands/mark.ts")).runMark,
};

const baseline: Declaration<BaselineCommandOptions> = {
  name: "baseline",
  summary: "Records files as applied, without running them, on a database older than lockstep",
  example: "lockstep baseline --through 07",
  exits: { 1: FAILED, 3: "refused: the database has a history already", 4: LEASE },
  options: [
    new Option("--through <number>", "the last file that the database already holds")
      .argParser(parseNumberOption)
      .makeOptionMandatory(),
    ...folderOptions(),
    leaseWaitOption(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/baseline.ts")).runBaseline,
};

const adopt: Declaration<AdoptCommandOptions> = {
  name: "adopt",
  summary: "Takes over the history of the tool whose files these are, or gives it back",
  example: "lockstep adopt --migrations db/migrations",
  exits: { 1: "not written", 3: "refused: the tool's history is not in order", 4: LEASE },
  options: [
    ...folderOptions(),
    new Option("--back", "write the ledger into the tool's own table, so that it can go on"),
    new Option("--table <name>", "the tool's table, where it is not the usual one"),
    yesOption(),
    leaseWaitOption(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/adopt.ts")).runAdopt,
};

const repair: Declaration<RepairCommandOptions> = {
  name: "repair",
  summary:
    "Binds the ledger to a file whose comments or white space were edited after it was applied",
  example: 'lockstep repair 03 --reason "a typo in a comment"',
  exits: { 1: FAILED, 3: "refused: the statements differ", 4: LEASE },
  args: [new Argument("[number]", "the edited file's number")],
  options: [
    new Option("--chain", "instead: take the ledger's rows as they are, and bind them anew"),
    new Option("--reason <text>", "why, for lockstep history").makeOptionMandatory(),
    ...folderOptions(),
    leaseWaitOption(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/repair.ts")).runRepair,
};

/** Adds them to `program`. */
export function declareRuns(program: Command, handle: CallHandler): void {
  declare(program, migrate, handle);
  declare(program, down, handle);
  declare(program, rollback, handle);
  declare(program, mark, handle);
  declare(program, baseline, handle);
  declare(program, adopt, handle);
  declare(program, repair, handle);
}
