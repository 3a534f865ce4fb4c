// Who holds the lease: takes it, keeps it alive, renews it after a cut, gives it back.
import { hostname, userInfo } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { recordEvent } from "../ledger/record.ts";
import { LeaseConnection } from "./connection.ts";
import { leaseLost, leaseNotObtained } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Lease, LeaseOptions } from "./lease.ts";
import { awaitLeftovers, endIdleLeftovers, endLeftovers, reportLeftover } from "./leftovers.ts";
import { beatLease, freeLease, readLease, renewLease, takeLease, type LeaseRow } from "./row.ts";

/** Time between two looks at a lease that another runner holds, ms. */
const POLL_MS = 250;
/** A lease that claims a shorter life is not believed, ms: a heartbeat may be that late. */
const SHORTEST_TTL_MS = 1_000;
/** Characters of what the holder does that the row keeps. */
const LONGEST_DOING = 200;

/** Options with the lease's life stated. */
type HolderOptions = LeaseOptions & { readonly ttlMs: number };

/** One runner's hold on the lease. */
export class LeaseHolder implements Lease {
  token = 0n;
  readonly #target: DatabaseTarget;
  readonly #connection: LeaseConnection;
  readonly #options: HolderOptions;
  readonly #lost = new AbortController();
  readonly #heartbeat = new Heartbeat(() => this.#beat());
  readonly #alongside = new Set<(queries: Queryable) => Promise<unknown>>();
  #doing: string;
  /** Sessions ended on the way to the lease. */
  #ended = 0;

  private constructor(target: DatabaseTarget, connection: LeaseConnection, options: HolderOptions) {
    this.#target = target;
    this.#connection = connection;
    this.#options = options;
    this.#doing = options.doing;
  }

  /** @throws LockstepError CONNECTION */
  static async open(target: DatabaseTarget, options: HolderOptions): Promise<LeaseHolder> {
    const connection = await LeaseConnection.open(target, options.ttlMs);
    return new LeaseHolder(target, connection, options);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** @throws LockstepError as `withLease` does. */
  async acquire(): Promise<void> {
    const { ttlMs, report, signal, leftovers } = this.#options;
    const from = await this.#waitAndTake();
    this.#heartbeat.start(ttlMs / 5);
    // Whoever held it before, killed or gone in peace: what still works under an older token is nobody's.
    if (leftovers === "adopt")
      await awaitLeftovers(this.#connection, this.token, { report, signal });
    else this.#ended += await endLeftovers(this.#connection, this.token, report);
    if (from === undefined) return;
    const data = { from, ended: this.#ended };
    await recordEvent(this.#connection, { release: null, kind: "takeover", data });
  }

  say(doing: string): void {
    this.#doing = `${this.#options.doing}: ${doing}`.slice(0, LONGEST_DOING);
  }

  alongside(beat: (queries: Queryable) => Promise<unknown>): () => void {
    this.#alongside.add(beat);
    return () => {
      this.#alongside.delete(beat);
    };
  }

  async renew(): Promise<bigint> {
    const { report, signal } = this.#options;
    const old = this.token;
    for (;;) {
      await this.#heartbeat.settled();
      const taken = await renewLease(this.#connection, old);
      if (taken === "changed") throw this.#loseLease();
      if (taken !== "locked") {
        this.token = taken;
        break;
      }
      report("progress", "waiting for the transaction that the cut connection left in the server");
      await endIdleLeftovers(this.#connection, old + 1n);
      await pause(POLL_MS, signal);
    }
    await awaitLeftovers(this.#connection, this.token, { report, signal });
    return this.token;
  }

  /** Gives the lease back, if it was taken, and closes the connection. */
  async release(): Promise<void> {
    await this.#heartbeat.stop();
    // Without this the next runner would have to wait until the lease's life is over.
    if (this.token !== 0n) await freeLease(this.#connection, this.token).catch(() => undefined);
    await this.#connection.close();
  }

  /** @returns whom it was taken over from, if it was. */
  async #waitAndTake(): Promise<string | undefined> {
    const { waitMs, report, signal } = this.#options;
    const started = performance.now();
    let watched = { token: "", beat: "", since: started };
    for (;;) {
      const row = await readLease(this.#connection);
      if (!row.held && (await this.#tryTake(row))) return undefined;
      const now = performance.now();
      // Only this clock and the counter count: timestamps of two hosts are never compared (rule 2).
      if (row.token !== watched.token || row.beat !== watched.beat) {
        watched = { token: row.token, beat: row.beat, since: now };
      }
      const isSilent = row.held && now - watched.since >= Math.max(row.ttl_ms, SHORTEST_TTL_MS);
      if (isSilent) {
        report(
          "warn",
          `the lease of ${row.holder} stood still for ${String(row.ttl_ms)} ms: taking it over`,
        );
        if (await this.#tryTake(row)) return row.holder;
      }
      if (now - started >= waitMs) throw leaseNotObtained(row, this.#target, waitMs);
      report("progress", waitingFor(row));
      await pause(Math.min(POLL_MS, waitMs), signal);
    }
  }

  /**
   * A transaction that still asserts the old token is waited for briefly, then ended, unless it is to be adopted: its runner
   * is gone, and it rolls back. Should it commit first, it did so under its own lease.
   */
  async #tryTake(seen: LeaseRow): Promise<boolean> {
    const { doing, ttlMs, report, leftovers } = this.#options;
    const by = { holder: describeHolder(), doing, ttlMs };
    const taken = await takeLease(this.#connection, seen, by);
    if (taken === "changed") return false;
    if (taken === "locked") {
      // Up to the token seen: another waiter may have taken the lease meanwhile, under a later one.
      const below = BigInt(seen.token) + 1n;
      if (leftovers === "adopt") {
        await endIdleLeftovers(this.#connection, below);
        await reportLeftover(this.#connection, below, report);
      } else this.#ended += await endLeftovers(this.#connection, below, report);
      return false;
    }
    this.token = taken;
    return true;
  }

  async #beat(): Promise<void> {
    if (this.lost.aborted) return;
    const { token } = this;
    try {
      const isMine = await beatLease(this.#connection, token, this.#doing);
      // A beat that waited behind a renewal bore the old token: that is no loss.
      if (!isMine && token === this.token) this.#loseLease();
      if (!isMine) return;
      for (const beat of this.#alongside) await beat(this.#connection);
    } catch {
      // The next beat tries again; the row itself decides, and each transaction asserts it.
    }
  }

  #loseLease(): LockstepError {
    const error = leaseLost();
    this.#lost.abort(error);
    return error;
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch((cause: unknown) => {
    throw new LockstepError("INTERRUPTED", "Interrupted while waiting for the lease", { cause });
  });
}

function waitingFor(row: LeaseRow): string {
  if (!row.held) return "waiting for a transaction of the lease's last holder";
  return `waiting for the lease: ${row.holder} holds it (${row.doing})`;
}

/** `user@host, process 123`: who holds a lease. */
function describeHolder(): string {
  let user = process.env.USER ?? "";
  try {
    user = userInfo().username;
  } catch {
    // A container may run with a uid that has no name.
  }
  return `${user || "unknown"}@${hostname()}, process ${String(process.pid)}`;
}
