// `lockstep drift --accept`: takes the schema as it is for what the next look compares with.
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { fingerprintSql } from "../ledger/fingerprint.ts";
import { eventSql } from "../ledger/record.ts";
import { ensureLedger } from "../ledger/schema.ts";
import { type Drift, findDrift } from "../schema/drift.ts";
import { readSnapshot } from "../schema/snapshot.ts";
import { journalled } from "./journal.ts";
import { withWorkSession, type Run } from "./workSession.ts";

/** Whose schema to accept, and why. */
export interface AcceptOptions {
  readonly target: DatabaseTarget;
  /** For `lockstep history`. */
  readonly reason: string;
  readonly leaseWaitMs: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** No table's lock is asked for, ms. */
const NO_LOCKS_MS = 1_000;

/**
 * Records the schema as it is, with an event that names what was accepted.
 * @throws LockstepError PRIVILEGE, LEASE_NOT_OBTAINED.
 * @returns what was there to accept.
 */
export async function acceptDrift(options: AcceptOptions): Promise<Drift> {
  const { target, reason, report, signal, leaseWaitMs: waitMs } = options;
  return withLease(target, { doing: "drift --accept", waitMs, report, signal }, async (lease) => {
    const context = { lease, report, signal: AbortSignal.any([signal, lease.lost]) };
    return withWorkSession(target, context, async (session) => {
      const run: Run = { session, ...context, release: null, lockBudgetMs: NO_LOCKS_MS };
      await ensureLedger(session.client);
      const drift = await findDrift(session.client);
      const objects = drift.state === "drift" ? drift.lines : [];
      const event = eventSql("drift", { objects, accepted: true, reason });
      await journalled(run, `${fingerprintSql(await readSnapshot(session.client))} ${event}`);
      return drift;
    });
  });
}
