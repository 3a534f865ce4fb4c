// `lockstep repair`: binds the ledger to an edited file whose statements are the same, or its rows anew.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { repair } from "../../engine/run/repair.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { loadMigrations } from "../files.ts";
import { withRunLog } from "../runLog.ts";

/** What `lockstep repair` takes. */
export interface RepairCommandOptions extends FolderOptions {
  readonly number?: string;
  readonly chain?: boolean;
  readonly reason: string;
  /** ms */
  readonly leaseWait: number;
}

/** Changes the ledger only, and records why. */
export const runRepair: CommandRun<RepairCommandOptions> = async (options, context) => {
  const { number, chain = false, reason } = options;
  if ((number === undefined) !== chain) {
    throw new LockstepError("USAGE", "Name one thing to repair: a file's number, or --chain", {
      next: 'lockstep repair 03 --reason "a typo in a comment"',
    });
  }
  const target = parseTarget(context.env);
  const migrations = chain ? [] : await loadMigrations(options);
  const log = {
    doing: `repair ${number ?? "the chain"} at ${target.display} as ${target.user}`,
    describe: (said: string | undefined) => said ?? "nothing to repair",
  };
  const repaired = await withRunLog(context, log, () =>
    repair({
      target,
      migrations,
      number,
      reason,
      leaseWaitMs: options.leaseWait,
      report: reporter("repair", context.sink),
      signal: context.signal,
    }),
  );
  return { json: { repaired: repaired ?? null }, lines: [] };
};
