// `lockstep rollback`: takes a release back by hand, or everything behind a named point.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { lookBack, rollBackByHand } from "../../engine/rollback/handRollback.ts";
import { describePlan, type RollbackWish } from "../../engine/rollback/planRollback.ts";
import { down } from "../../engine/run/down.ts";
import { askForYes } from "../consent.ts";
import type { CommandRun } from "../context.ts";
import { loadMigrations } from "../files.ts";
import { findHandApp, type HandAppOptions } from "../handApp.ts";
import { waitLimits } from "../runLimits.ts";
import { readStackLimits } from "../stackSettings.ts";
import { readUserName } from "../userName.ts";
import { runDown, type DownCommandOptions } from "./down.ts";

/** What `lockstep rollback` takes. */
export interface RollbackOptions extends Omit<DownCommandOptions, "to" | "point">, HandAppOptions {
  readonly name?: string;
  readonly app?: boolean;
  readonly db?: boolean;
  readonly both?: boolean;
  readonly yes?: boolean;
}

/** With a name as `down` does it, to a mark or a verified release; else the release's app, migrations or both. */
export const runRollback: CommandRun<RollbackOptions> = async (options, context) => {
  const { name } = options;
  const wish = wishOf(options);
  if (name !== undefined) return runDown({ ...options, point: name }, context);
  const target = parseTarget(context.env);
  const app = await findHandApp(options, context);
  const plan = await lookBack(target, wish, app);
  for (const line of describePlan(plan)) context.say(line);
  const question = `Roll back ${plan.release.id}?`;
  const command = `lockstep rollback --${wish.app && wish.db ? "both" : wish.app ? "app" : "db"}`;
  if (!(await askForYes(context, { ...options, question, command }))) {
    return {
      json: { rolledBack: null },
      lines: ["nothing was changed"],
      exitCode: EXIT_CODES.failed,
    };
  }
  const own = await readStackLimits(context.cwd, options.stack);
  const report = reporter("rollback", context.sink);
  const done = await rollBackByHand({
    ...{ target, plan, app, report },
    why: `by hand by ${await readUserName(context.cwd)}`,
    takeBackFiles: async (afterSeq) =>
      down({
        ...{ target, migrations: await loadMigrations(options), to: undefined, afterSeq },
        ...waitLimits(options, own),
        ...{ report, signal: context.signal },
      }),
  });
  const files = done.takenBack.length > 0 ? `; taken back: ${done.takenBack.join(", ")}` : "";
  const serves = done.to === null ? "the app was left as it is" : `${done.to} serves`;
  return {
    json: { rolledBack: { release: plan.release, ...done } },
    lines: [`${plan.release.id} is rolled back: ${serves}${files}`],
  };
};

/** @throws LockstepError USAGE unless exactly one of a name, --app, --db and --both is given. */
function wishOf({ name, app, db, both }: RollbackOptions): RollbackWish {
  const given = [name !== undefined, app === true, db === true, both === true];
  const count = given.filter(Boolean).length;
  // --app --db is what --both is called in one word.
  if (count === 1 || (count === 2 && app === true && db === true)) {
    return { app: app === true || both === true, db: db === true || both === true };
  }
  throw new LockstepError("USAGE", "Say what is to be rolled back", {
    seen: count === 0 ? "neither a name nor --app, --db or --both" : "more than one of them",
    next: "lockstep rollback --app shows what would happen, and asks",
  });
}
