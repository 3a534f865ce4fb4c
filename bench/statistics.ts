// Medians and ratios of interleaved runs.

/** The middle of some figures and the range they lie in, in their own unit. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The middle value; of an even number of values the mean of the two in the middle.
 * @throws RangeError for no values.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError("no values have no median");
  const lower = sorted.length % 2 === 0 ? sorted[middle - 1] : upper;
  return ((lower ?? upper) + upper) / 2;
}

/**
 * The value that a share `p` of the values does not exceed (nearest rank): 0.99 for the p99.
 * @throws RangeError for no values.
 */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)];
  if (value === undefined) throw new RangeError("no values have no percentile");
  return value;
}

/** Median and range. @throws RangeError for no values. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * How many times as much `ours` is as `theirs`, pair by pair: run n of both met the same moment of a
 * machine whose speed drifts, so the pairs' ratios lie closer together than the runs do.
 * @throws RangeError where the two differ in number, or a value of `theirs` is not above 0.
 */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): readonly number[] {
  if (ours.length !== theirs.length) throw new RangeError("runs do not pair up");
  return ours.map((our, index) => {
    const their = theirs[index] ?? 0;
    if (!(their > 0)) throw new RangeError(`nothing is a multiple of ${String(their)}`);
    return our / their;
  });
}
