// Measures for how long there was no success.

/** Keeps the longest time between two successes. */
export class GapClock {
  /** @type {number | undefined} */
  #lastMs;
  longestMs = 0;
  /** @type {string | undefined} when the longest gap began */
  longestFrom;

  /** @returns {boolean} whether this was the first success */
  success() {
    const isFirst = this.#lastMs === undefined;
    this.#measure();
    this.#lastMs = performance.now();
    return isFirst;
  }

  /** An answer that somebody wanted to be none: the time up to here counts, what follows is measured from here. */
  planned() {
    if (this.#lastMs !== undefined) this.success();
  }

  /** Counts the time since the last success, too. */
  end() {
    this.#measure();
  }

  #measure() {
    if (this.#lastMs === undefined) return;
    const gapMs = performance.now() - this.#lastMs;
    if (gapMs <= this.longestMs) return;
    this.longestMs = gapMs;
    this.longestFrom = new Date(Date.now() - gapMs).toISOString();
  }
}
