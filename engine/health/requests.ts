// What happened between two scrapes of an app's metrics: requests, failed ones, and how long they took.
import { addBuckets, bucketGrowth, type Buckets, type Latency } from "./latency.ts";
import type { Sample } from "./prometheus.ts";
import { DEFAULT_LATENCY_METRIC, DEFAULT_REQUEST_METRIC, type CounterSource } from "./settings.ts";

/** Labels that carry a status, in the order they are looked for. */
const STATUS_LABELS = [
  ...["status", "code", "status_code", "http_status_code"],
  ...["http_response_status_code", "response_code", "status_class"],
];
/** Labels that carry the request's path or route. */
const PATH_LABELS = ["path", "route", "handler", "endpoint", "http_route"];
const FAILED = /^5(\d\d|xx)$/i;

/** The request counters of one scrape. */
export interface Reading {
  /** Counter by label set. */
  readonly series: ReadonlyMap<string, { readonly failed: boolean; readonly value: number }>;
  /** Latency histogram. */
  readonly buckets: Buckets;
  /** `process_start_time_seconds`: tells a restart even when the counters have passed their old value. */
  readonly startedAt: number | null;
  /** The counter is not there (yet): a start at 0, but nothing to judge by. */
  readonly missing: boolean;
  /** Why nothing can be judged by this reading; null when it can. */
  readonly problem: string | null;
  /** Response times, where the source says these in place of a histogram. */
  readonly latency?: Latency;
  /** `process_cpu_seconds_total`, s. */
  readonly cpuSeconds?: number;
  /** `process_resident_memory_bytes`. */
  readonly memoryBytes?: number;
}

/** What a reading is told by beside the counters. */
const PROCESS_METRICS = {
  process_start_time_seconds: "startedAt",
  process_cpu_seconds_total: "cpuSeconds",
  process_resident_memory_bytes: "memoryBytes",
} as const;

/** All metrics that a reading is made of, by the names in `options`. */
export function metricNames({ requestMetric, latencyMetric }: ReadOptions): readonly string[] {
  return [
    requestMetric ?? DEFAULT_REQUEST_METRIC,
    `${latencyMetric ?? DEFAULT_LATENCY_METRIC}_bucket`,
    ...Object.keys(PROCESS_METRICS),
  ];
}

/** Requests within a window. */
export interface RequestCounts {
  readonly total: number;
  /** Answered with a 5xx, or not at all. */
  readonly failed: number;
  readonly buckets: Buckets;
  /** The app's counters began again at 0 within the window. */
  readonly restarted: boolean;
}

/** Which counters to read, and what not to count. */
export interface ReadOptions {
  readonly requestMetric?: string | undefined;
  readonly latencyMetric?: string | undefined;
  /** Paths whose requests are the gate's or the platform's own: health and metrics. */
  readonly ignorePaths?: readonly string[];
  /** Where they are, and in which form. @default Prometheus' text */
  readonly counters?: CounterSource | undefined;
}

/** No requests. */
export const NO_REQUESTS: RequestCounts = {
  total: 0,
  failed: 0,
  buckets: new Map<number, number>(),
  restarted: false,
};

/** The request counters and the latency histogram among `samples`. */
export function readRequests(samples: readonly Sample[], options: ReadOptions = {}): Reading {
  const metric = options.requestMetric ?? DEFAULT_REQUEST_METRIC;
  const bucketMetric = `${options.latencyMetric ?? DEFAULT_LATENCY_METRIC}_bucket`;
  const ignored = new Set(options.ignorePaths ?? []);
  const series = new Map<string, { failed: boolean; value: number }>();
  const buckets = new Map<number, number>();
  const process: Partial<Record<"startedAt" | "cpuSeconds" | "memoryBytes", number>> = {};
  let problem: string | null = `there is no ${metric} in the metrics`;
  let missing = true;
  for (const { name, labels, value } of samples) {
    const fact = isProcessMetric(name) ? PROCESS_METRICS[name] : undefined;
    if (fact !== undefined) process[fact] = value;
    if (name !== metric && name !== bucketMetric) continue;
    if (missing && name === metric) {
      missing = false;
      problem = null;
    }
    if (PATH_LABELS.some((label) => ignored.has(labels[label] ?? ""))) continue;
    if (name === bucketMetric) {
      const bound = parseBound(labels["le"]);
      if (!Number.isNaN(bound)) buckets.set(bound, (buckets.get(bound) ?? 0) + value);
      continue;
    }
    const status = statusOf(labels);
    if (status === null) problem = `${metric} has no label ${STATUS_LABELS.slice(0, 3).join(", ")}`;
    else if (!Number.isFinite(value)) problem = `${metric} is ${value}`;
    else series.set(JSON.stringify(labels), { failed: FAILED.test(status), value });
  }
  const { startedAt = null, ...usage } = process;
  return { series, buckets, startedAt, missing, problem, ...usage };
}

function isProcessMetric(name: string): name is keyof typeof PROCESS_METRICS {
  return Object.hasOwn(PROCESS_METRICS, name);
}

/**
 * What was counted from `before` to `after`. A counter that fell, or another start time, means that the
 * app started again: then all of `after` is new. What it counted between `before` and its end is lost.
 */
export function countBetween(before: Reading, after: Reading): RequestCounts {
  const restarted = hasRestarted(before, after);
  let total = 0;
  let failed = 0;
  for (const [key, { failed: isFailed, value }] of after.series) {
    const grown = restarted ? value : value - (before.series.get(key)?.value ?? 0);
    total += grown;
    if (isFailed) failed += grown;
  }
  const buckets = restarted ? after.buckets : bucketGrowth(before.buckets, after.buckets);
  return { total, failed, buckets, restarted };
}

/** Two windows as one. */
export function addCounts(a: RequestCounts, b: RequestCounts): RequestCounts {
  return {
    total: a.total + b.total,
    failed: a.failed + b.failed,
    buckets: addBuckets(a.buckets, b.buckets),
    restarted: a.restarted || b.restarted,
  };
}

function hasRestarted(before: Reading, after: Reading): boolean {
  if (before.startedAt !== null && after.startedAt !== null) {
    if (before.startedAt !== after.startedAt) return true;
  }
  // A series that is gone fell too: a counter never leaves a living process.
  return [...before.series].some(([key, { value }]) => (after.series.get(key)?.value ?? 0) < value);
}

function statusOf(labels: Readonly<Record<string, string>>): string | null {
  for (const label of STATUS_LABELS) {
    const value = labels[label];
    if (value !== undefined) return value;
  }
  return null;
}

function parseBound(le: string | undefined): number {
  return le === "+Inf" ? Infinity : Number(le ?? Number.NaN);
}
