// `lockstep baseline`: says which files a database that is older than lockstep already holds.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { reporter } from "../../engine/events.ts";
import { baseline } from "../../engine/run/baseline.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { loadMigrations } from "../files.ts";
import { withRunLog } from "../runLog.ts";

/** What `lockstep baseline` takes. */
export interface BaselineCommandOptions extends FolderOptions {
  readonly through: string;
  /** ms */
  readonly leaseWait: number;
}

/** Records the files as applied; their SQL is not run. */
export const runBaseline: CommandRun<BaselineCommandOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const { through, migrations: dir } = options;
  const migrations = await loadMigrations(options);
  const log = {
    doing: `baseline through ${through}: ${dir} at ${target.display} as ${target.user}`,
    describe: (files: readonly string[]) => `recorded, not run: ${files.join(", ")}`,
  };
  const recorded = await withRunLog(context, log, () =>
    baseline({
      target,
      migrations,
      through,
      leaseWaitMs: options.leaseWait,
      report: reporter("baseline", context.sink),
      signal: context.signal,
    }),
  );
  return { json: { through, recorded }, lines: [] };
};
