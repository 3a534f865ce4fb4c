// `lockstep resolve`: a person says how a statement ended that nothing else can tell of.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { resolveStatement } from "../../engine/run/resolve.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { loadMigrations } from "../files.ts";

/** What `lockstep resolve` takes. */
export interface ResolveCommandOptions extends FolderOptions {
  readonly number: string;
  readonly applied?: boolean;
  readonly rolledBack?: boolean;
  readonly reason: string;
  /** ms */
  readonly leaseWait: number;
}

/** Changes the journal only, and records why. */
export const runResolve: CommandRun<ResolveCommandOptions> = async (options, context) => {
  const { number, applied = false, rolledBack = false, reason } = options;
  if (applied === rolledBack) {
    throw new LockstepError("USAGE", "Say how the statement ended", {
      next: `lockstep resolve ${number} --applied --reason "..." where it took effect, --rolled-back where it did not`,
    });
  }
  const outcome = applied ? "applied" : "rolledBack";
  const resolved = await resolveStatement({
    target: parseTarget(context.env),
    migrations: await loadMigrations(options),
    ...{ number, outcome, reason },
    leaseWaitMs: options.leaseWait,
    report: reporter("resolve", context.sink),
    signal: context.signal,
  });
  const said = applied
    ? "took effect; the next run goes on behind it"
    : "did not; the next run repeats it";
  return {
    json: { resolved: { ...resolved, outcome } },
    lines: [`${resolved.file}, ${resolved.statement}: ${said} (lockstep resume)`],
  };
};
