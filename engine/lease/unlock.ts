// Gives the lease of somebody else free: by itself only where the holder's heartbeat stands still.
import { setTimeout as delay } from "node:timers/promises";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { recordEvent } from "../ledger/record.ts";
import { LeaseConnection } from "./connection.ts";
import { leaseLost } from "./errors.ts";
import { DEFAULT_TTL_MS } from "./lease.ts";
import { endLeftovers } from "./leftovers.ts";
import { freeLease, readLease, takeLease, type LeaseRow } from "./row.ts";

/** A lease that was watched for its whole life. */
export interface WatchedLease {
  readonly row: LeaseRow;
  /** Its holder gave a sign of life meanwhile. */
  readonly isAlive: boolean;
}

/** Time between two looks, ms. */
const POLL_MS = 250;

/**
 * Watches the lease for as long as its life is. Undefined where nobody holds it. The ledger must exist.
 * @throws LockstepError INTERRUPTED
 */
export async function watchLease(
  target: DatabaseTarget,
  options: { readonly report: Report; readonly signal: AbortSignal },
): Promise<WatchedLease | undefined> {
  return withConnection(target, async (connection) => {
    const first = await readLease(connection);
    if (!first.held) return undefined;
    const until = performance.now() + first.ttl_ms;
    for (;;) {
      const row = await readLease(connection);
      if (!row.held) return undefined;
      if (row.token !== first.token || row.beat !== first.beat) return { row, isAlive: true };
      if (performance.now() >= until) return { row, isAlive: false };
      options.report("progress", `waiting for a sign of life from ${row.holder}`);
      await delay(POLL_MS, undefined, { signal: options.signal }).catch((cause: unknown) => {
        throw new LockstepError("INTERRUPTED", "Interrupted; nothing was changed", { cause });
      });
    }
  });
}

/**
 * Frees the lease of the holder that was `seen`, and ends what works under it in the server. A holder that still lives can no
 * longer commit, and ends with LEASE_LOST.
 * @returns how many sessions were ended.
 * @throws LockstepError LEASE_LOST where another runner took it meanwhile.
 */
export async function unlock(
  target: DatabaseTarget,
  seen: LeaseRow,
  options: { readonly by: string; readonly report: Report },
): Promise<number> {
  const { by, report } = options;
  return withConnection(target, async (connection) => {
    let ended = 0;
    for (;;) {
      const row = await readLease(connection);
      if (!row.held) return ended;
      // A holder that lives takes a new token when its session is cut; it is still the one that was meant.
      if (row.holder !== seen.holder) throw leaseLost();
      const taker = { holder: by, doing: "unlock", ttlMs: DEFAULT_TTL_MS };
      const taken = await takeLease(connection, row, taker);
      if (taken === "locked") {
        ended += await endLeftovers(connection, BigInt(row.token) + 1n, report);
      } else if (taken !== "changed") {
        ended += await endLeftovers(connection, taken, report);
        await recordEvent(connection, {
          release: null,
          kind: "takeover",
          data: { from: row.holder, ended },
        });
        await freeLease(connection, taken);
        return ended;
      }
    }
  });
}

async function withConnection<T>(
  target: DatabaseTarget,
  use: (connection: LeaseConnection) => Promise<T>,
): Promise<T> {
  const connection = await LeaseConnection.open(target, DEFAULT_TTL_MS);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
