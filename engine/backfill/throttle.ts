// Lets a backfill stand still while standbys lag or the server is busy; nothing is open in the server meanwhile.
import { setTimeout as delay } from "node:timers/promises";
import { ensureNotAborted, type Run } from "../run/workSession.ts";
import { lookAtSessions } from "./activeSessions.ts";
import { describeTime } from "./meter.ts";
import { LagClock, lookAtStandbys } from "./replicaLag.ts";

/** A standby that replays later than this, ms, is waited for unless told otherwise: what streams well is far below a second. */
const DEFAULT_MAX_REPLICA_LAG_MS = 5_000;
/** The least time between two looks, ms: two small queries of the server's own views. */
const LOOK_EVERY_MS = 500;
/** While it lasts, a pause is told so often, ms. */
const SAY_EVERY_MS = 5_000;
/** After so long somebody should know, ms. */
const LONG_PAUSE_MS = 300_000;

/** Why a backfill stands still. */
type Reason =
  | {
      readonly kind: "replicaLag";
      readonly standby: string;
      readonly lagMs: number;
      readonly limitMs: number;
      readonly behindBytes: number;
    }
  | { readonly kind: "activeSessions"; readonly active: number; readonly limit: number };

/** One walk's pauses. */
export class Throttle {
  readonly #run: Run;
  readonly #what: string;
  readonly #clock = new LagClock();
  readonly #told = new Set<string>();
  #lookedAtMs = -Infinity;

  constructor(run: Run, what: string) {
    this.#run = run;
    this.#what = what;
  }

  /**
   * Resolves once nothing is in the way of the next batch.
   * @returns how long that took, ms; 0 where it did not wait.
   * @throws LockstepError INTERRUPTED, LEASE_LOST
   */
  async clear(): Promise<number> {
    const started = performance.now();
    if (started - this.#lookedAtMs < LOOK_EVERY_MS) return 0;
    let saidAtMs = -Infinity;
    for (let looks = 0; ; looks += 1) {
      const reasons = await this.#look();
      const now = performance.now();
      if (reasons.length === 0) return looks === 0 ? 0 : now - started;
      if (now - saidAtMs >= SAY_EVERY_MS) {
        saidAtMs = now;
        this.#say(reasons, now - started);
      }
      await delay(LOOK_EVERY_MS, undefined, { signal: this.#run.signal }).catch(() => undefined);
      ensureNotAborted(this.#run.signal);
    }
  }

  async #look(): Promise<readonly Reason[]> {
    const { session, backfill } = this.#run;
    const lag = await lookAtStandbys(session.client, this.#clock);
    const sessions = await lookAtSessions(session.client);
    this.#lookedAtMs = performance.now();
    if (lag.hidden > 0) {
      const many = lag.hidden > 1;
      const what = many ? `${String(lag.hidden)} standbys are` : "1 standby is";
      this.#tellHidden(
        "warn",
        `how far ${what} behind, so it does not wait for ${many ? "them" : "it"}`,
      );
    }
    if (sessions.hidden > 0)
      this.#tellHidden(
        "info",
        "which sessions of other roles are at work, so they do not count as load",
      );
    const limitMs = backfill?.maxReplicaLagMs ?? DEFAULT_MAX_REPLICA_LAG_MS;
    const limit = backfill?.maxActive ?? sessions.usualLimit;
    const { active } = sessions;
    return [
      ...(lag.worst && lag.worst.lagMs > limitMs
        ? [{ kind: "replicaLag" as const, ...lag.worst, limitMs }]
        : []),
      ...(active > limit ? [{ kind: "activeSessions" as const, active, limit }] : []),
    ];
  }

  #tellHidden(level: "warn" | "info", what: string): void {
    if (this.#told.has(level)) return;
    this.#told.add(level);
    this.#run.report(
      level,
      `${this.#what}: this role may not see ${what}; GRANT pg_read_all_stats TO it shows it`,
    );
  }

  #say(reasons: readonly Reason[], pausedMs: number): void {
    const isLong = pausedMs >= LONG_PAUSE_MS && !this.#told.has("long");
    if (isLong) this.#told.add("long");
    const since = pausedMs < SAY_EVERY_MS ? "" : ` for ${describeTime(pausedMs)}`;
    const next = isLong
      ? "; it goes on waiting: mend that, or raise lockstep:backfill.maxReplicaLag or .maxActive and start the step again"
      : "";
    this.#run.report(
      isLong ? "warn" : "progress",
      `${this.#what}: paused${since}: ${reasons.map(describeReason).join(", ")}${next}`,
      { file: this.#what, pausedMs: Math.round(pausedMs), reasons },
    );
  }
}

function describeReason(reason: Reason): string {
  if (reason.kind === "activeSessions") {
    return `${String(reason.active)} sessions at work (at most ${String(reason.limit)})`;
  }
  const { standby, lagMs, limitMs, behindBytes } = reason;
  const mebibytes = (behindBytes / 2 ** 20).toFixed(1);
  return `${standby} replays ${describeTime(lagMs)} and ${mebibytes} MiB behind (at most ${describeTime(limitMs)})`;
}
