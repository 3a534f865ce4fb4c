// Response times from a cumulative histogram, as Prometheus' histogram_quantile estimates them.

/** Upper bound (in the metric's unit, Infinity for the last) to the number of requests up to it. */
export type Buckets = ReadonlyMap<number, number>;

/** Response times within a window, ms; null where the histogram says nothing. */
export interface Latency {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** Nothing is known of response times. */
export const NO_LATENCY: Latency = { p50Ms: null, p95Ms: null, p99Ms: null };

/** What `after` counted that `before` had not; a bucket that fell counts from 0. */
export function bucketGrowth(before: Buckets, after: Buckets): Buckets {
  const grown = new Map<number, number>();
  for (const [bound, count] of after) {
    const old = before.get(bound) ?? 0;
    grown.set(bound, count < old ? count : count - old);
  }
  return grown;
}

/** Both together. */
export function addBuckets(a: Buckets, b: Buckets): Buckets {
  const sum = new Map(a);
  for (const [bound, count] of b) sum.set(bound, (sum.get(bound) ?? 0) + count);
  return sum;
}

/** The usual quantiles; `unitMs` is what one unit of the bounds is, in ms (1000 for seconds). */
export function latencyOf(buckets: Buckets, unitMs: number): Latency {
  const at = (share: number) => {
    const value = quantile(buckets, share);
    return value === null ? null : value * unitMs;
  };
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/** The same of single times, ms: the nearest rank. */
export function latencyOfTimes(timesMs: readonly number[]): Latency {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? null;
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/** Of each quantile the higher one. */
export function slower(a: Latency, b: Latency): Latency {
  const most = (key: keyof Latency) => {
    const known = [a[key], b[key]].filter((value) => value !== null);
    return known.length > 0 ? Math.max(...known) : null;
  };
  return { p50Ms: most("p50Ms"), p95Ms: most("p95Ms"), p99Ms: most("p99Ms") };
}

/** What one unit of a latency metric is, ms: Prometheus' convention is seconds, some say so in the name. */
export function unitOf(metric: string): number {
  return /_(ms|millis|milliseconds)$/.test(metric) ? 1 : 1000;
}

/**
 * The value below which `share` (0 to 1) of the requests lie, linear within its bucket. Beyond the
 * last finite bound nothing is known, so that bound is the answer. Null without requests.
 */
export function quantile(buckets: Buckets, share: number): number | null {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (!(total > 0) || sorted.at(-1)?.[0] !== Infinity) return null;
  const rank = share * total;
  let lowerBound = 0;
  let below = 0;
  for (const [bound, count] of sorted) {
    if (count < rank) {
      lowerBound = bound;
      below = count;
      continue;
    }
    if (bound === Infinity) return sorted.length > 1 ? lowerBound : null;
    return count === below
      ? bound
      : lowerBound + (bound - lowerBound) * ((rank - below) / (count - below));
  }
  return null;
}
