// The commands that bring a database on where a run was cut short.
import { Argument, Option, type Command } from "commander";
import type { AbandonOptions } from "../commands/abandon.ts";
import type { ResolveCommandOptions } from "../commands/resolve.ts";
import type { ResumeOptions } from "../commands/resume.ts";
import type { UnlockOptions } from "../commands/unlock.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";
import {
  backfillOptions,
  folderOptions,
  leaseWaitOption,
  leftoversOption,
  limitOptions,
  yesOption,
} from "./sharedOptions.ts";

const LEASE = "another runner held the lease for too long";

const resume: Declaration<ResumeOptions> = {
  name: "resume",
  summary: "Shows what a run that was cut short has left open, and goes on with it",
  example: "lockstep resume",
  exits: {
    1: "failed; the message says what was and was not applied",
    3: "refused: a person has to say how a statement ended",
    4: LEASE,
  },
  options: [...folderOptions(), ...limitOptions(), leftoversOption(), ...backfillOptions()],
  cleanly: true,
  load: async () => (await import("../commands/resume.ts")).runResume,
};

const resolve: Declaration<ResolveCommandOptions> = {
  name: "resolve",
  summary: "Says how a statement ended that neither the journal nor the catalogue can tell of",
  example: 'lockstep resolve 07 --applied --reason "work_mem is reset, looked at pg_settings"',
  exits: { 4: LEASE },
  args: [new Argument("<number>", "the file's number")],
  options: [
    new Option("--applied", "it took effect: the next run goes on behind it"),
    new Option("--rolled-back", "it did not: the next run repeats it"),
    new Option("--reason <text>", "how that is known, for lockstep history").makeOptionMandatory(),
    ...folderOptions(),
    leaseWaitOption(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/resolve.ts")).runResolve,
};

const unlock: Declaration<UnlockOptions> = {
  name: "unlock",
  summary: "Frees the lease of a runner that is gone",
  example: "lockstep unlock --yes",
  exits: { 1: "not freed", 4: "its holder is alive" },
  options: [
    new Option("--force", "also where its holder is alive: it can commit nothing more, and fails"),
    yesOption(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/unlock.ts")).runUnlock,
};

const abandon: Declaration<AbandonOptions> = {
  name: "abandon",
  summary: "Ends the release that is under way by hand, so that another may begin",
  example: 'lockstep abandon --yes --reason "its project was deleted"',
  exits: { 1: "not abandoned", 4: LEASE },
  options: [
    new Option("--reason <text>", "why, for lockstep history"),
    yesOption(),
    leaseWaitOption(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/abandon.ts")).runAbandon,
};

/** Adds them to `program`. */
export function declareRecovery(program: Command, handle: CallHandler): void {
  declare(program, resume, handle);
  declare(program, resolve, handle);
  declare(program, unlock, handle);
  declare(program, abandon, handle);
}
