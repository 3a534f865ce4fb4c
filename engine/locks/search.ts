// Waits outside the lock queue until nobody old holds what a file will lock; then it may ask, briefly.
import { setTimeout as delay } from "node:timers/promises";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { describeBlocker, readBlockers, type Blocker } from "./blockers.ts";
import { endIdleBlockers } from "./endIdle.ts";
import { readHolders, type Holder } from "./holders.ts";
import { Pacer, type LockPacing } from "./pacing.ts";
import type { LockRequest } from "./request.ts";
import { lockSql, resolveLocks, type RelationLock } from "./resolve.ts";

/** What is searched for, and for whom. */
export interface SearchContext {
  /** Who asks, for messages: `02_add`. */
  readonly what: string;
  /** The file, for errors. */
  readonly path: string;
  readonly requests: readonly LockRequest[];
  readonly budgetMs: number;
  readonly pacing: LockPacing;
  /** Sessions idle in their transaction for longer are ended, ms; none when undefined. */
  readonly cancelIdleMs: number | undefined;
  readonly report: Report;
  /** Throws once the run is to end. */
  readonly ensureGoing: (cause?: unknown) => void;
  readonly signal: AbortSignal;
}

/** One try to get the locks. */
export interface Ask {
  /** ms. */
  readonly lockTimeoutMs: number;
  /** LOCK TABLE commands to begin with. */
  readonly lockSql: readonly string[];
}

/** A wait for locks that is over. */
export interface LockWait {
  /** ms. */
  readonly waitedMs: number;
  readonly asks: number;
  /** Who was in the way last, one line each, without their queries. */
  readonly behind: readonly string[];
}

/** The least time between two lines that say the same, ms. */
const SAY_AGAIN_MS = 5_000;
/** Pause after a miss that no prediction explains, ms: long enough for the queue behind us to drain. */
const PAUSE_MS = 250;
/** Autovacuum gives way when it has been waited for longer than deadlock_timeout; so much more, ms. */
const BEYOND_DEADLOCK_TIMEOUT_MS = 200;

/** One file's search for its locks. */
export class LockSearch {
  readonly #context: SearchContext;
  readonly #pacer: Pacer;
  readonly #started = performance.now();
  #asks = 0;
  #locks: readonly RelationLock[] = [];
  #said = { line: "", at: 0 };
  #behind: readonly Blocker[] = [];

  constructor(context: SearchContext) {
    this.#context = context;
    this.#pacer = new Pacer(context.pacing);
  }

  /** What the search came to, where anybody was in the way; undefined where all was free. */
  get waited(): LockWait | undefined {
    if (this.#behind.length === 0) return undefined;
    // A query may hold values of rows, and this is kept.
    const behind = this.#behind.map((one) => describeBlocker({ ...one, query: null }));
    return { waitedMs: Math.round(performance.now() - this.#started), asks: this.#asks, behind };
  }

  /**
   * Waits for a moment in which nobody old is in the way.
   * @throws LockstepError LOCK_TIMEOUT at the end of the budget, INTERRUPTED.
   */
  async next(queries: Queryable): Promise<Ask> {
    this.#locks = await resolveLocks(queries, this.#context.requests);
    const longAskMs = await this.#awaitGap(queries);
    this.#asks += 1;
    this.#pacer.asked();
    const commands = lockSql(this.#locks);
    const lockTimeoutMs = longAskMs ?? this.#pacer.askMs;
    // Together they may hold up writers as long as one alone.
    const each = Math.max(1, lockTimeoutMs / Math.max(1, commands.length));
    return { lockTimeoutMs: longAskMs ?? each, lockSql: commands };
  }

  /**
   * An ask met somebody: says who, and pauses where no prediction tells when to come again.
   * @throws LockstepError LOCK_TIMEOUT at the end of the budget, INTERRUPTED.
   */
  async missed(queries: Queryable, cause: unknown): Promise<void> {
    this.#pacer.missed();
    const holders = await readHolders(queries, this.#locks);
    const blockers = await readBlockers(queries, holders.length > 0 ? holders : undefined);
    this.#behind = blockers;
    this.#ensureBudget(blockers, cause);
    const { what, report } = this.#context;
    const first = blockers[0] ? describeBlocker(blockers[0]) : "nobody seen";
    report(
      "progress",
      `${what}: waiting for locks, try ${String(Math.max(1, this.#asks))} missed; ${first}`,
      { blockers },
    );
    if (holders.length === 0) await this.#pause(PAUSE_MS);
  }

  /** @returns a longer lock_timeout where only autovacuum is in the way, ms. */
  async #awaitGap(queries: Queryable): Promise<number | undefined> {
    let before = await readHolders(queries, this.#locks);
    for (;;) {
      if (before.length === 0) return undefined;
      await this.#pause(this.#pacer.ageMs);
      const now = await readHolders(queries, this.#locks);
      // Its start is hidden from plain roles; that it was there before is not (ENGINE.md rule 8).
      const old = now.filter(({ transaction }) =>
        before.some((one) => one.transaction === transaction),
      );
      this.#pacer.note(old.map(({ transaction }) => transaction));
      if (old.length === 0) return undefined;
      const longMs = await this.#deal(queries, old);
      if (longMs !== undefined) return longMs;
      before = now;
    }
  }

  async #deal(queries: Queryable, old: readonly Holder[]): Promise<number | undefined> {
    const blockers = await readBlockers(queries, old);
    this.#behind = blockers;
    this.#ensureBudget(blockers, undefined);
    const { what, report, cancelIdleMs } = this.#context;
    if (blockers.length > 0 && blockers.every((one) => one.autovacuum === "yes")) {
      const found = await queries.query<{ ms: number }>(
        "SELECT setting::int AS ms FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'",
      );
      const ms = (found.rows[0]?.ms ?? 1_000) + BEYOND_DEADLOCK_TIMEOUT_MS;
      report(
        "info",
        `${what}: only autovacuum is in the way; asking once for ${String(ms)} ms, within which it gives way`,
        { blockers },
      );
      return ms;
    }
    this.#say(blockers);
    if (cancelIdleMs !== undefined) {
      await endIdleBlockers(queries, blockers, { what, report, idleMs: cancelIdleMs });
    }
    return undefined;
  }

  #say(blockers: readonly Blocker[]): void {
    const { what, report } = this.#context;
    const first = blockers[0];
    const who = first ? `${String(first.pid)} ${first.gid ?? ""}` : "";
    const now = performance.now();
    if (who === this.#said.line && now - this.#said.at < SAY_AGAIN_MS) return;
    this.#said = { line: who, at: now };
    report(
      "progress",
      `${what}: waiting for locks outside the queue; ${first ? describeBlocker(first) : "nobody seen"}`,
      { blockers },
    );
  }

  async #pause(ms: number): Promise<void> {
    const { signal, ensureGoing } = this.#context;
    await delay(ms, undefined, { signal }).catch(() => undefined);
    ensureGoing();
  }

  #ensureBudget(blockers: readonly Blocker[], cause: unknown): void {
    const waitedMs = performance.now() - this.#started;
    if (waitedMs < this.#context.budgetMs) return;
    const isHidden = blockers.some(({ pid, state }) => pid !== null && state === null);
    throw new LockstepError("LOCK_TIMEOUT", "The locks that the file needs were not to be had", {
      where: this.#context.path,
      seen: [
        `${String(Math.round(waitedMs / 1000))} s, asked ${times(this.#asks)}: ${this.#pattern()}`,
        ...blockers.map(describeBlocker),
      ].join("\n"),
      likely: "a long transaction, or a session that is idle in one, holds the table",
      next: `end it (SELECT pg_terminate_backend(PID); ROLLBACK PREPARED 'GID') or wait, then run the same command again; nothing of this file was applied${isHidden ? "; GRANT pg_read_all_stats TO this role shows more of who it is" : ""}`,
      sqlstate: "55P03",
      cause,
    });
  }

  #pattern(): string {
    if (this.#pacer.heldThroughout) return "one transaction held them all the time";
    if (this.#asks === 0) return "transactions took turns, and never was there a gap";
    return "each ask met a new transaction";
  }
}

function times(count: number): string {
  return count === 1 ? "once" : `${String(count)} times`;
}
