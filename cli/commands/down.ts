// `lockstep down`: takes back what was applied last.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { reporter } from "../../engine/events.ts";
import { down } from "../../engine/run/down.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions, LimitOptions } from "../declarations/sharedOptions.ts";
import { loadMigrations } from "../files.ts";
import { waitLimits } from "../runLimits.ts";
import { withRunLog } from "../runLog.ts";
import { readStackLimits } from "../stackSettings.ts";

/** What `lockstep down` takes. */
export interface DownCommandOptions extends FolderOptions, LimitOptions {
  readonly to?: string;
  /** A mark or a release; `lockstep rollback` sets it. */
  readonly point?: string;
}

/** One file, or all above `--to`, in the reverse of the order in which they were applied. */
export const runDown: CommandRun<DownCommandOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const { to, point, migrations: dir } = options;
  const migrations = await loadMigrations(options);
  const own = await readStackLimits(context.cwd, options.stack);
  const log = {
    doing: `down${point === undefined && to === undefined ? " by one file" : ` to ${point ?? to ?? ""}`}: ${dir} from ${target.display} as ${target.user}`,
    describe: (files: readonly string[]) =>
      files.length === 0 ? "nothing to take back" : `taken back: ${files.join(", ")}`,
  };
  const takenBack = await withRunLog(context, log, () =>
    down({
      target,
      migrations,
      to,
      ...(point === undefined ? {} : { point }),
      ...waitLimits(options, own),
      report: reporter("down", context.sink),
      signal: context.signal,
    }),
  );
  return { json: { takenBack }, lines: [] };
};
