// One runner at a time: a row with a heartbeat and a fencing token, polled, never waited for inside a query.
import { hostname, userInfo } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { close, connect } from "../drivers/postgres/connect.ts";
import { codeOf, isConnectionLost } from "../drivers/postgres/diagnose.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { recordEvent } from "../ledger/record.ts";
import { awaitLeftovers, endIdleLeftovers, endLeftovers } from "./leftovers.ts";

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
}

/** A held lease. */
export interface Lease {
  /** Each transaction of the holder asserts it: `SELECT lockstep.assert_lease(token)`. */
  readonly token: bigint;
  /** Aborted as soon as the lease is known to be lost. */
  readonly lost: AbortSignal;
  /**
   * Takes a new token, which waits for every transaction begun under the old one: after it, what a
   * cut connection left behind has ended one way or the other (ENGINE.md rules 1 and 14).
   */
  renew(): Promise<bigint>;
}

/** A holder that is silent for this long is taken over, ms. */
export const DEFAULT_TTL_MS = 15_000;
/** How long to wait for the lease unless told otherwise, ms. */
export const DEFAULT_LEASE_WAIT_MS = 60_000;
/** Time between two looks at a lease that another runner holds, ms. */
const POLL_MS = 250;
/** A lease that claims a shorter life is not believed, ms: a heartbeat may be that late. */
const SHORTEST_TTL_MS = 1_000;
/** How long a takeover waits for the old holder's last transaction at each try, ms. */
const LONGEST_LOCK_WAIT_MS = 5_000;

interface LeaseRow {
  readonly token: string;
  readonly held: boolean;
  readonly holder: string;
  readonly doing: string;
  readonly beat: string;
  readonly ttl_ms: number;
}

/**
 * Runs `use` while holding the lease and gives it back however that ends. The ledger must exist.
 * @throws LockstepError LEASE_NOT_OBTAINED when `waitMs` runs out (with who holds it), INTERRUPTED on abort.
 */
export async function withLease<T>(
  target: DatabaseTarget,
  options: LeaseOptions,
  use: (lease: Lease) => Promise<T>,
): Promise<T> {
  const client = await connect(target, { applicationName: "lockstep:lease" });
  const holder = new Holder(target, client, options);
  try {
    await holder.acquire();
    return await use(holder);
  } finally {
    await holder.release();
  }
}

class Holder implements Lease {
  token = 0n;
  readonly #target: DatabaseTarget;
  #client: Client;
  readonly #options: LeaseOptions;
  readonly #ttlMs: number;
  readonly #lost = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  #reconnecting: Promise<void> | undefined;
  /** Sessions ended on the way to the lease. */
  #ended = 0;

  constructor(target: DatabaseTarget, client: Client, options: LeaseOptions) {
    this.#target = target;
    this.#client = client;
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? DEFAULT_TTL_MS;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async acquire(): Promise<void> {
    const { waitMs, report, signal } = this.#options;
    const started = performance.now();
    let takenFrom: string | undefined;
    let watched = { token: "", beat: "", since: started };
    await this.#limitWaits();
    for (;;) {
      const row = await this.#onLiveConnection(() => this.#read());
      if (!row.held && (await this.#tryTake(row, "NOT held"))) break;
      const now = performance.now();
      // Only this clock and the counter count: timestamps of two hosts are never compared (rule 2).
      if (row.token !== watched.token || row.beat !== watched.beat) {
        watched = { token: row.token, beat: row.beat, since: now };
      }
      const isSilent = row.held && now - watched.since >= Math.max(row.ttl_ms, SHORTEST_TTL_MS);
      if (isSilent && (await this.#tryTakeOver(row))) {
        takenFrom = row.holder;
        break;
      }
      if (now - started >= waitMs) throw notObtained(row, this.#target, waitMs);
      report("progress", waitingFor(row));
      await pause(Math.min(POLL_MS, waitMs), signal);
    }
    let isBeating = false;
    this.#timer = setInterval(() => {
      // Beats that queue up behind a slow one say nothing more, and hold up the release.
      if (isBeating) return;
      isBeating = true;
      this.#beating = this.#beat().finally(() => (isBeating = false));
    }, this.#ttlMs / 5);
    // Whoever held it before, killed or gone in peace: what still works under an older token is nobody's.
    this.#ended += await this.#onLiveConnection(() =>
      endLeftovers(this.#client, this.token, report),
    );
    if (takenFrom === undefined) return;
    const data = { from: takenFrom, ended: this.#ended };
    await this.#onLiveConnection(() =>
      recordEvent(this.#client, { release: null, kind: "takeover", data }),
    );
  }

  async renew(): Promise<bigint> {
    const { report, signal } = this.#options;
    const old = this.token;
    for (;;) {
      await this.#beating;
      const taken = await this.#onLiveConnection(() => this.#tryRenew(old));
      if (taken === "taken") break;
      if (taken === "lost") throw this.#loseLease();
      report("progress", "waiting for the transaction that the cut connection left in the server");
      await this.#onLiveConnection(() => endIdleLeftovers(this.#client, old + 1n));
      await pause(POLL_MS, signal);
    }
    await this.#onLiveConnection(() =>
      awaitLeftovers(this.#client, this.token, { report, signal }),
    );
    return this.token;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    if (this.token !== 0n) {
      // Without this the next runner would have to wait until the lease's life is over.
      await this.#onLiveConnection(() =>
        this.#client.query("UPDATE lockstep.lease SET held = false, doing = '' WHERE token = $1", [
          this.token.toString(),
        ]),
      ).catch(() => undefined);
    }
    await close(this.#client);
  }

  async #tryTakeOver(row: LeaseRow): Promise<boolean> {
    const { report } = this.#options;
    report(
      "warn",
      `the lease of ${row.holder} stood still for ${String(row.ttl_ms)} ms: taking it over`,
    );
    return this.#tryTake(row, "held AND beat = $4", [row.beat]);
  }

  /**
   * Takes the lease that was `seen`, where `condition` still holds. A transaction that still asserts the old token is waited
   * for briefly, then ended: its runner is gone, and it rolls back. Should it commit first, it did so
   * under its own lease.
   */
  async #tryTake(
    seen: LeaseRow,
    condition: string,
    values: readonly string[] = [],
  ): Promise<boolean> {
    const { doing, report } = this.#options;
    const taken = await unlessLocked(() =>
      this.#onLiveConnection(() =>
        this.#client.query<{ token: string }>(
          `UPDATE lockstep.lease SET token = nextval('lockstep.lease_token'), held = true, holder = $1, doing = $2,
             beat = 0, ttl_ms = ${String(this.#ttlMs)}, since = clock_timestamp()
           WHERE name = 'runner' AND token = $3 AND ${condition} RETURNING token`,
          [describeHolder(), doing, seen.token, ...values],
        ),
      ),
    );
    if (taken === undefined) {
      // Up to the token seen: another waiter may have taken the lease meanwhile, under a later one.
      const below = BigInt(seen.token) + 1n;
      this.#ended += await this.#onLiveConnection(() => endLeftovers(this.#client, below, report));
      return false;
    }
    const row = taken.rows[0];
    if (!row) return false;
    this.token = BigInt(row.token);
    return true;
  }

  async #tryRenew(old: bigint): Promise<"taken" | "lost" | "locked"> {
    const taken = await unlessLocked(() =>
      this.#client.query<{ token: string }>(
        `UPDATE lockstep.lease SET token = nextval('lockstep.lease_token'), beat = beat + 1
         WHERE name = 'runner' AND token = $1 AND held RETURNING token`,
        [old.toString()],
      ),
    );
    if (taken === undefined) return "locked";
    const row = taken.rows[0];
    if (!row) return "lost";
    this.token = BigInt(row.token);
    return "taken";
  }

  async #read(): Promise<LeaseRow> {
    const found = await this.#client.query<LeaseRow>(
      "SELECT * FROM lockstep.lease WHERE name = 'runner'",
    );
    const row = found.rows[0];
    if (row) return row;
    // A restore leaves the row out on purpose, so that a backup never brings a dead holder back.
    await this.#client.query(
      "INSERT INTO lockstep.lease VALUES ('runner', nextval('lockstep.lease_token'), false, '', '', 0, 0, now()) ON CONFLICT DO NOTHING",
    );
    return this.#read();
  }

  async #beat(): Promise<void> {
    if (this.#lost.signal.aborted) return;
    try {
      let token = 0n;
      const beaten = await this.#onLiveConnection(() => {
        token = this.token;
        return this.#client.query(
          "UPDATE lockstep.lease SET beat = beat + 1 WHERE token = $1 AND held",
          [token.toString()],
        );
      });
      // A beat that waited behind a renewal bore the old token: that is no loss.
      if (beaten.rowCount === 0 && token === this.token) this.#loseLease();
    } catch {
      // The next beat tries again; the row itself decides, and each transaction asserts it.
    }
  }

  /** Does `work`, once more on a new connection where the old one turns out to be cut. */
  async #onLiveConnection<T>(work: () => Promise<T>): Promise<T> {
    const used = this.#client;
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
    }
    // A beat and a renewal may meet the same cut: one of them connects, else a session is left over.
    if (used === this.#client) {
      this.#reconnecting ??= this.#reconnect().finally(() => (this.#reconnecting = undefined));
    }
    await this.#reconnecting;
    return work();
  }

  async #reconnect(): Promise<void> {
    await close(this.#client);
    this.#client = await connect(this.#target, { applicationName: "lockstep:lease" });
    await this.#limitWaits();
  }

  /** No query of this connection waits in a lock queue for long: the heartbeat comes next in line. */
  async #limitWaits(): Promise<void> {
    const ms = Math.round(Math.min(LONGEST_LOCK_WAIT_MS, this.#ttlMs / 3));
    await this.#client.query(`SET lock_timeout = ${String(ms)}`);
  }

  #loseLease(): LockstepError {
    const error = leaseLost();
    this.#lost.abort(error);
    return error;
  }
}

/** The result of `query`, or undefined when it ran into lock_timeout. */
async function unlessLocked<T>(query: () => Promise<T>): Promise<T | undefined> {
  try {
    return await query();
  } catch (error) {
    if (codeOf(error) === "55P03") return undefined;
    throw error;
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

/** The error of a runner whose lease another one took over. */
export function leaseLost(): LockstepError {
  return new LockstepError("LEASE_LOST", "Another runner took the lease over", {
    likely: "this process or its connection stood still for longer than the lease's life",
    next: "run the same command again; nothing was applied after the takeover",
  });
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

function notObtained(row: LeaseRow, target: DatabaseTarget, waitMs: number): LockstepError {
  return new LockstepError("LEASE_NOT_OBTAINED", "Another runner holds the lease", {
    where: target.display,
    seen: `${row.holder}, doing: ${row.doing}; waited ${String(Math.round(waitMs / 1000))} s`,
    likely: "two releases or two commands run at the same time",
    next: "let it end, then run the same command again (`lockstep status` shows it)",
  });
}
