// `lockstep soak end`: drops for good what contract has put aside.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { readLedger } from "../../engine/ledger/ledger.ts";
import { endSoaks } from "../../engine/soak/changeSoaking.ts";
import { planEnd } from "../../engine/soak/planUndo.ts";
import { namesOf, soakingFiles } from "../../engine/soak/readSoaking.ts";
import { askForYes } from "../consent.ts";
import type { CommandRun } from "../context.ts";
import { waitLimits } from "../runLimits.ts";
import { soakLine } from "../soakView.ts";
import { readStackLimits } from "../stackSettings.ts";
import type { UndoOptions } from "./undo.ts";

/** What `lockstep soak end` takes. */
export interface SoakEndOptions extends Omit<UndoOptions, "all"> {
  /** Also what could still be given back. */
  readonly now?: boolean;
}

/** What is due goes without a question, since a contract file's approval has said so; anything earlier is asked about. */
export const runSoakEnd: CommandRun<SoakEndOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const { name, now } = options;
  const choice = { name, all: now };
  const ledger = await withConnection(target, { applicationName: "lockstep:soak" }, readLedger);
  const planned = planEnd(ledger, choice);
  const early = planned.filter(({ isDue }) => !isDue);
  if (planned.length === 0) {
    const left = soakingFiles(ledger.soaking).map(soakLine);
    return { json: { ended: [] }, lines: [`nothing is due at ${target.display}`, ...left] };
  }
  if (early.length > 0 && !now) throw tooEarly(early.map(soakLine), name ?? "");
  for (const file of planned) context.say(soakLine(file));
  if (early.length > 0) {
    const question = `Drop ${early.map(({ file }) => file).join(", ")} for good, before the time is over?`;
    const command = `lockstep soak end${name === undefined ? "" : ` ${name}`} --now`;
    if (!(await askForYes(context, { ...options, question, command }))) {
      return { json: { ended: null }, lines: ["nothing was changed"], exitCode: EXIT_CODES.failed };
    }
  }
  const own = await readStackLimits(context.cwd, options.stack);
  const ended = await endSoaks({
    ...{
      target,
      choice,
      asked: planned.map(({ file }) => file),
      ...waitLimits(options, own),
      lockCancelIdleMs: own.lock.cancelIdle,
    },
    ...{ report: reporter("soak", context.sink), signal: context.signal },
  });
  return {
    json: { ended: ended.map((file) => ({ file: file.file, objects: namesOf(file) })) },
    lines:
      ended.length > 0
        ? []
        : ["nothing soaks any more: somebody else was first (lockstep history)"],
  };
};

function tooEarly(lines: readonly string[], name: string): LockstepError {
  return new LockstepError(
    "UNSAFE_MIGRATION",
    "Its time is not over: it could still be given back",
    {
      seen: lines.join("\n"),
      next: `wait, or drop it now: lockstep soak end ${name} --now`,
    },
  );
}
