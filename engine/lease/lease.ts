// One runner at a time: a row with a heartbeat and a fencing token, polled, never waited for inside a query.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import type { Report } from "../events.ts";
import { LeaseHolder } from "./holder.ts";
import type { Leftovers } from "./leftoversChoice.ts";

/** How the lease is asked for. */
export interface LeaseOptions {
  /** What the holder does, for those who wait: `migrate --stage expand`. */
  readonly doing: string;
  /** How long to wait for another holder, ms. */
  readonly waitMs: number;
  readonly report: Report;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** A holder whose heartbeat stood still this long is taken over, ms. */
  readonly ttlMs?: number;
  /**
   * What becomes of a statement that a killed runner left running in the server: it is ended, or let finish, and what it did
   * counts. To begin an index of hours anew may be worse than to wait for it.
   * @default "end"
   */
  readonly leftovers?: Leftovers;
}

/** A held lease. */
export interface Lease {
  /** Each transaction of the holder asserts it: `SELECT lockstep.assert_lease(token)`. */
  readonly token: bigint;
  /** Aborted as soon as the lease is known to be lost. */
  readonly lost: AbortSignal;
  /** What the holder is at now; whoever looks at the lease reads it from the next heartbeat on. */
  say(doing: string): void;
  /**
   * Takes a new token, which waits for every transaction begun under the old one: after it, what a
   * cut connection left behind has ended one way or the other (ENGINE.md rules 1 and 14).
   */
  renew(): Promise<bigint>;
  /**
   * Runs `beat` behind each heartbeat from now on, on the lease's own connection, as long as the lease is held: for what is to
   * end with its holder. What it throws is dropped.
   * @returns what ends that.
   */
  alongside(beat: (queries: Queryable) => Promise<unknown>): () => void;
}

/** A holder that is silent for this long is taken over, ms. */
export const DEFAULT_TTL_MS = 15_000;
/** How long to wait for the lease unless told otherwise, ms. */
export const DEFAULT_LEASE_WAIT_MS = 60_000;

/**
 * Runs `use` while holding the lease and gives it back however that ends. The ledger must exist.
 * @throws LockstepError LEASE_NOT_OBTAINED when `waitMs` runs out (with who holds it), INTERRUPTED on abort.
 */
export async function withLease<T>(
  target: DatabaseTarget,
  options: LeaseOptions,
  use: (lease: Lease) => Promise<T>,
): Promise<T> {
  const holder = await LeaseHolder.open(target, { ttlMs: DEFAULT_TTL_MS, ...options });
  try {
    await holder.acquire();
    return await use(holder);
  } finally {
    await holder.release();
  }
}
