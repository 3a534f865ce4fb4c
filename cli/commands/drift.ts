// `lockstep drift`: what was changed in the schema since the last run, and whether that is taken as it is.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { hasLedger } from "../../engine/ledger/schema.ts";
import { acceptDrift } from "../../engine/run/acceptDrift.ts";
import { type Drift, findDrift } from "../../engine/schema/drift.ts";
import type { CommandContext, CommandRun } from "../context.ts";
import { readDriftPolicy } from "../driftPolicy.ts";
import { driftLines } from "../driftView.ts";

/** What `lockstep drift` takes. */
export interface DriftOptions {
  readonly stack: string;
  readonly accept?: boolean;
  readonly reason?: string;
  /** ms */
  readonly leaseWait: number;
}

/** Ends with 1 where there is drift that is not accepted. */
export const runDrift: CommandRun<DriftOptions> = async (options, context) => {
  if (options.accept) return accept(options, context);
  const target = parseTarget(context.env);
  const policy = await readDriftPolicy(context.cwd, options.stack);
  const drift = await withConnection(
    target,
    { applicationName: "lockstep:drift" },
    async (client): Promise<Drift> =>
      (await hasLedger(client))
        ? findDrift(client, policy)
        : { state: "unknown", why: "there is no ledger: nothing was applied here by lockstep" },
  );
  return {
    json: { drift },
    lines: driftLines(drift),
    exitCode: drift.state === "drift" ? EXIT_CODES.failed : EXIT_CODES.done,
  };
};

async function accept({ reason, leaseWait }: DriftOptions, context: CommandContext) {
  if (!reason) {
    throw new LockstepError("USAGE", "Say why the schema is taken as it is", {
      next: 'lockstep drift --accept --reason "the index was made by hand in the outage of May"',
    });
  }
  const drift = await acceptDrift({
    target: parseTarget(context.env),
    ...{ reason, leaseWaitMs: leaseWait, signal: context.signal },
    report: reporter("drift", context.sink),
  });
  const lines = drift.state === "drift" ? driftLines(drift) : [];
  return { json: { drift, accepted: true }, lines: [...lines, "the schema is recorded as it is"] };
}
