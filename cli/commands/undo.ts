// `lockstep undo`: gives back what contract took away, while it soaks.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { readLedger } from "../../engine/ledger/ledger.ts";
import { giveBack } from "../../engine/soak/changeSoaking.ts";
import { planUndo } from "../../engine/soak/planUndo.ts";
import { namesOf } from "../../engine/soak/readSoaking.ts";
import { askForYes } from "../consent.ts";
import type { CommandRun } from "../context.ts";
import type { LimitOptions } from "../declarations/sharedOptions.ts";
import { waitLimits } from "../runLimits.ts";
import { soakLine } from "../soakView.ts";
import { readStackLimits } from "../stackSettings.ts";
import { readUserName } from "../userName.ts";

/** What `lockstep undo` takes. */
export interface UndoOptions extends LimitOptions {
  readonly stack: string;
  /** A file or an object. */
  readonly name?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** Shows what would come back, asks, and gives it back; the files are pending again then. */
export const runUndo: CommandRun<UndoOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const { name, all } = options;
  if (name !== undefined && all) throw nameOrAll(name);
  const choice = { name, all };
  const ledger = await withConnection(target, { applicationName: "lockstep:undo" }, readLedger);
  const planned = planUndo(ledger, choice);
  if (planned.length === 0) {
    return { json: { undone: [] }, lines: [`nothing soaks at ${target.display}`] };
  }
  for (const file of planned) context.say(soakLine(file));
  context.say(
    "Given back as it was, with its rows; rows written since come without values in such columns.",
  );
  context.say("The files are pending again, and the approval that they ran under is spent.");
  const files = planned.map(({ file }) => file).join(", ");
  const command = `lockstep undo${name === undefined ? "" : ` ${name}`}${all ? " --all" : ""}`;
  if (!(await askForYes(context, { ...options, question: `Undo ${files}?`, command }))) {
    return { json: { undone: null }, lines: ["nothing was changed"], exitCode: EXIT_CODES.failed };
  }
  const own = await readStackLimits(context.cwd, options.stack);
  const work = {
    ...{
      target,
      choice,
      asked: planned.map(({ file }) => file),
      ...waitLimits(options, own),
      lockCancelIdleMs: own.lock.cancelIdle,
    },
    ...{ report: reporter("undo", context.sink), signal: context.signal },
  };
  const undone = await giveBack(work, await readUserName(context.cwd));
  const done = undone.map((file) => `${file.file} is pending again, and waits for a new approval`);
  return {
    json: { undone: undone.map((file) => ({ file: file.file, objects: namesOf(file) })) },
    lines:
      done.length > 0
        ? done
        : ["nothing soaks any more: somebody else was first (lockstep history)"],
  };
};

function nameOrAll(name: string): LockstepError {
  return new LockstepError("USAGE", "Name a file or an object, or say --all", {
    seen: `${name} and --all`,
    next: `lockstep undo ${name}, or lockstep undo --all`,
  });
}
