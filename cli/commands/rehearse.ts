// `lockstep rehearse`: runs the pending files on a scratch server, up, down and up, before the real one sees them.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { rehearse } from "../../engine/rehearse/rehearse.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { loadMigrations } from "../files.ts";
import { HIDDEN_SERVER } from "../rehearsalLook.ts";
import { rehearsalLines } from "../rehearsalView.ts";
import { namesDatabase } from "../seenDatabase.ts";
import { readStackRehearsal } from "../stackSettings.ts";

/** What `lockstep rehearse` takes. */
export interface RehearseOptions extends FolderOptions {
  readonly target?: string;
  readonly applied?: string;
  readonly empty?: boolean;
  readonly fresh?: boolean;
  readonly trace?: boolean;
}

/** Reads the database, where one is named, and changes nothing there. */
export const runRehearse: CommandRun<RehearseOptions> = async (options, context) => {
  const { env, signal, sink } = context;
  const migrations = await loadMigrations(options);
  const isAlone = options.empty === true || options.applied !== undefined || !namesDatabase(env);
  const { server, isHidden } = await readStackRehearsal(context, options.stack);
  if (isHidden) context.say(HIDDEN_SERVER, "warn");
  const result = await rehearse({
    migrations,
    through: options.target,
    target: isAlone ? undefined : parseTarget(env),
    applied: options.applied,
    server,
    fresh: options.fresh ?? false,
    report: reporter("rehearse", sink),
    signal,
  });
  return {
    json: { rehearsal: result },
    lines: rehearsalLines(result, { trace: options.trace ?? false }),
    exitCode: result.verdict === "passed" ? EXIT_CODES.done : EXIT_CODES.failed,
  };
};
