// The commands about what contract has put aside.
import { Argument, Option, type Command } from "commander";
import type { SoakEndOptions } from "../commands/soakEnd.ts";
import type { UndoOptions } from "../commands/undo.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";
import { limitOptions, stackOption, yesOption } from "./sharedOptions.ts";

const LEASE = "another runner held the lease for too long";
const stack = () => stackOption("the stack whose config counts").default("dev");

const undo: Declaration<UndoOptions> = {
  name: "undo",
  summary: "Gives back what contract took away, while it soaks",
  example: "lockstep undo customers.phone",
  exits: {
    1: "failed; or not confirmed",
    3: "refused: a name is taken, rows written since do not fit, or a later file stands in the way",
    4: LEASE,
  },
  args: [
    new Argument("[name]", "a contract file or an object that it dropped (default: the last file)"),
  ],
  options: [new Option("--all", "everything that soaks"), yesOption(), stack(), ...limitOptions()],
  cleanly: true,
  load: async () => (await import("../commands/undo.ts")).runUndo,
};

const end: Declaration<SoakEndOptions> = {
  name: "end",
  summary: "Drops for good what contract has put aside and nobody has missed",
  example: "lockstep soak end",
  exits: {
    1: "failed; or not confirmed",
    3: "refused: something depends on it by now, or its time is not over",
    4: LEASE,
  },
  args: [new Argument("[name]", "a contract file or an object (default: all that is due)")],
  options: [
    new Option("--now", "before its time, too; then nothing but a backup brings it back"),
    yesOption(),
    stack(),
    ...limitOptions(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/soakEnd.ts")).runSoakEnd,
};

/** Adds them to `program` as `undo` and `soak end`. */
export function declareSoak(program: Command, handle: CallHandler): void {
  declare(program, undo, handle);
  const summary = "What contract has put aside (end)";
  const group = program.command("soak").summary(summary).description(`${summary}.`);
  declare(group, end, handle);
}
