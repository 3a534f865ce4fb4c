// One runner at a time: a row with a heartbeat and a fencing token, polled, never waited for inside a query.
import { hostname, userInfo } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import type { Report } from "../events.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { close, connect } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { endLeftovers } from "./leftovers.ts";

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
/** How long a takeover waits for the old holder's last transaction at each try, ms. */
const TAKEOVER_LOCK_TIMEOUT_MS = 5_000;

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
    let watched = { token: "", beat: "", since: started };
    for (;;) {
      if (await this.#tryFree()) break;
      const row = await this.#read();
      const now = performance.now();
      // Only this clock and the counter count: timestamps of two hosts are never compared (rule 2).
      if (row.token !== watched.token || row.beat !== watched.beat) {
        watched = { token: row.token, beat: row.beat, since: now };
      }
      if (
        row.held &&
        now - watched.since >= Math.max(row.ttl_ms, 1_000) &&
        (await this.#tryTakeOver(row))
      ) {
        break;
      }
      if (now - started >= waitMs) throw notObtained(row, this.#target, waitMs);
      report("progress", `waiting for the lease: ${row.holder} holds it (${row.doing})`);
      await delay(Math.min(POLL_MS, waitMs), undefined, signal ? { signal } : {}).catch(
        (cause: unknown) => {
          throw new LockstepError("INTERRUPTED", "Interrupted while waiting for the lease", {
            cause,
          });
        },
      );
    }
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat());
    }, this.#ttlMs / 5);
  }

  async renew(): Promise<bigint> {
    await this.#beating;
    await this.#reconnectIfCut();
    const taken = await this.#client.query<{ token: string }>(
      `UPDATE lockstep.lease SET token = nextval('lockstep.lease_token'), beat = beat + 1
       WHERE name = 'runner' AND token = $1 AND held RETURNING token`,
      [this.token.toString()],
    );
    const row = taken.rows[0];
    if (!row) throw this.#loseLease();
    this.token = BigInt(row.token);
    return this.token;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    if (this.token !== 0n) {
      await this.#client
        .query("UPDATE lockstep.lease SET held = false, doing = '' WHERE token = $1", [
          this.token.toString(),
        ])
        .catch(() => undefined);
    }
    await close(this.#client);
  }

  async #tryFree(): Promise<boolean> {
    return this.#take("NOT held", []);
  }

  async #tryTakeOver(row: LeaseRow): Promise<boolean> {
    const { report } = this.#options;
    report(
      "warn",
      `the lease of ${row.holder} stood still for ${String(row.ttl_ms)} ms: taking it over`,
    );
    try {
      // Waits for a transaction that still holds the old token; should it commit, it did so under its own lease.
      await this.#client.query(`SET lock_timeout = ${String(TAKEOVER_LOCK_TIMEOUT_MS)}`);
      if (!(await this.#take("token = $3 AND beat = $4", [row.token, row.beat]))) return false;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "55P03")) throw error;
      // What a killed client left running holds the token; ended, it rolls back and the next try gets through.
      await endLeftovers(this.#client, BigInt(row.token), report);
      return false;
    } finally {
      await this.#client.query("SET lock_timeout = 0");
    }
    const ended = await endLeftovers(this.#client, BigInt(row.token), report);
    await this.#client.query("INSERT INTO lockstep.event (kind, data) VALUES ('takeover', $1)", [
      JSON.stringify({ from: row.holder, ended }),
    ]);
    return true;
  }

  async #take(condition: string, values: readonly string[]): Promise<boolean> {
    const taken = await this.#client.query<{ token: string }>(
      `UPDATE lockstep.lease SET token = nextval('lockstep.lease_token'), held = true, holder = $1, doing = $2,
         beat = 0, ttl_ms = ${String(this.#ttlMs)}, since = clock_timestamp()
       WHERE name = 'runner' AND ${condition} RETURNING token`,
      [describeHolder(), this.#options.doing, ...values],
    );
    const row = taken.rows[0];
    if (!row) return false;
    this.token = BigInt(row.token);
    return true;
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
      await this.#reconnectIfCut();
      const beaten = await this.#client.query(
        "UPDATE lockstep.lease SET beat = beat + 1 WHERE token = $1 AND held",
        [this.token.toString()],
      );
      if (beaten.rowCount === 0) this.#loseLease();
    } catch {
      // The next beat tries again; the row itself decides, and each transaction asserts it.
    }
  }

  #broken = false;

  async #reconnectIfCut(): Promise<void> {
    if (!this.#broken) {
      const alive = await this.#client.query("SELECT 1").then(
        () => true,
        () => false,
      );
      if (alive) return;
      this.#broken = true;
      await close(this.#client);
    }
    this.#client = await connect(this.#target, { applicationName: "lockstep:lease" });
    this.#broken = false;
  }

  #loseLease(): LockstepError {
    const error = leaseLost();
    this.#lost.abort(error);
    return error;
  }
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
