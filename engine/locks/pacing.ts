// How old a transaction must be to be waited for, and how long an ask may take: stepped up so that it cannot starve.

/** Thresholds, all in ms (ENGINE.md rules 8 and 10). */
export interface LockPacing {
  /** A transaction that is older is waited for outside the lock queue. */
  readonly ageMs: number;
  /** The lock_timeout of an ask. */
  readonly askMs: number;
  /** After so long without an ask both step up. */
  readonly stepEveryMs: number;
  /** Neither gets beyond. */
  readonly ceilingMs: number;
}

/** Tested with readers of 8 s and with sixteen at once: writers stall no longer than an ask takes. */
export const DEFAULT_PACING: LockPacing = {
  ageMs: 200,
  askMs: 50,
  stepEveryMs: 30_000,
  ceilingMs: 1_000,
};

/** Steps from the first threshold to the ceiling. */
const STEPS = 4;
/** Each ask that missed makes the next one longer by this factor: what it met was younger than the threshold. */
const AFTER_MISS = 1.3;

/** The thresholds of one search for a gap. */
export class Pacer {
  readonly #pacing: LockPacing;
  #step = 0;
  #misses = 0;
  #since = performance.now();
  /** Transactions that were in the way in every look since `#since`; undefined before the first. */
  #throughout: ReadonlySet<string> | undefined;

  constructor(pacing: LockPacing) {
    this.#pacing = pacing;
  }

  /** Transactions older than this are waited for, ms. */
  get ageMs(): number {
    return this.#stepped(this.#pacing.ageMs);
  }

  /** The next ask's lock_timeout, ms. */
  get askMs(): number {
    const { askMs, ceilingMs } = this.#pacing;
    return Math.min(ceilingMs, this.#stepped(askMs) * AFTER_MISS ** this.#misses);
  }

  /** Whether one transaction alone has been in the way in all looks since the last step or ask. */
  get heldThroughout(): boolean {
    return (this.#throughout?.size ?? 0) > 0;
  }

  /**
   * Notes who was in the way. Where it was the same one all the time, a longer ask would only have stalled writers; where they took
   * turns, there was never a gap, and the thresholds step up.
   */
  note(old: readonly string[]): void {
    const before = this.#throughout;
    this.#throughout = new Set(before ? old.filter((one) => before.has(one)) : old);
    if (performance.now() - this.#since < this.#pacing.stepEveryMs) return;
    if (!this.heldThroughout) this.#step = Math.min(STEPS, this.#step + 1);
    this.#restart();
  }

  /** An ask is made. */
  asked(): void {
    this.#restart();
  }

  /** An ask met somebody. */
  missed(): void {
    this.#misses += 1;
  }

  #restart(): void {
    this.#since = performance.now();
    this.#throughout = undefined;
  }

  #stepped(firstMs: number): number {
    const { ceilingMs } = this.#pacing;
    if (firstMs >= ceilingMs) return firstMs;
    return firstMs * (ceilingMs / firstMs) ** (this.#step / STEPS);
  }
}
