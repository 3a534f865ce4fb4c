// What a run by hand keeps to: its options, else what the stack's file says, else the engine's defaults.
import type { BackfillLimits } from "../engine/backfill/limits.ts";
import { DEFAULT_LEASE_WAIT_MS } from "../engine/lease/lease.ts";
import { DEFAULT_BACKUP_MAX_AGE_MS } from "../engine/run/contractReadiness.ts";
import type { RunLimits } from "../engine/run/migrate.ts";
import { DEFAULT_LOCK_BUDGET_MS } from "../engine/run/retryLocks.ts";
import type {
  BackfillOptions,
  LeftoversOption,
  LimitOptions,
} from "./declarations/sharedOptions.ts";
import type { StackLimits } from "./stackSettings.ts";

/** What the command line says of a run's limits. */
export type GivenLimits = LimitOptions & LeftoversOption & BackfillOptions;

/** The limits of `migrate` and `resume`. `wait` and `drift` are each command's own. */
export function runLimits(given: GivenLimits, own: StackLimits): Omit<RunLimits, "wait" | "drift"> {
  return {
    ...waitLimits(given, own),
    leaseLeftovers: given.leftovers ?? own.lease.leftovers,
    lockCancelIdleMs: own.lock.cancelIdle,
    backfill: backfillLimits({ ...own.backfill, ...asWritten(given) }),
    backupMaxAgeMs: own.backupMaxAgeMs ?? DEFAULT_BACKUP_MAX_AGE_MS,
    allowedApplications: own.allowedApplications,
  };
}

/** How long a run by hand waits for the lease and for a table's locks. */
export function waitLimits(
  { leaseWait, lockBudget }: LimitOptions,
  { lease, lock }: Pick<StackLimits, "lease" | "lock">,
): Pick<RunLimits, "leaseWaitMs" | "lockBudgetMs"> {
  return {
    leaseWaitMs: leaseWait ?? lease.wait ?? DEFAULT_LEASE_WAIT_MS,
    lockBudgetMs: lockBudget ?? lock.budget ?? DEFAULT_LOCK_BUDGET_MS,
  };
}

/** The options in the names of `lockstep:backfill`. */
function asWritten({ backfillTarget, maxReplicaLag, maxActive }: BackfillOptions) {
  return {
    ...(backfillTarget !== undefined && { target: backfillTarget }),
    ...(maxReplicaLag !== undefined && { maxReplicaLag }),
    ...(maxActive !== undefined && { maxActive }),
  };
}

function backfillLimits({
  target,
  maxReplicaLag,
  maxActive,
}: StackLimits["backfill"]): BackfillLimits {
  return {
    ...(target !== undefined && { targetMs: target }),
    ...(maxReplicaLag !== undefined && { maxReplicaLagMs: maxReplicaLag }),
    ...(maxActive !== undefined && { maxActive }),
  };
}
