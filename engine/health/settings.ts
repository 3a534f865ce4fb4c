// When a health gate passes, when it goes back, and how it looks.
import { LockstepError } from "../errors/lockstepError.ts";
import { limitFaults, type GateLimits } from "./limits.ts";

/** When a gate passes and when it goes back. */
export interface GateSettings {
  /** Time from one check to the next, ms. */
  readonly intervalMs: number;
  /** How long to watch, ms. It holds `watchMs / intervalMs` checks, at least one. */
  readonly watchMs: number;
  /** At this error rate (above 0, up to 1) or more a check fails. */
  readonly errorRateLimit: number;
  /** Failed checks in a row that roll back. */
  readonly failures: number;
  /** Fewer requests in a window than this are no-data. */
  readonly minRequests: number;
  /** Requests per second that the gate sends itself; 0 for none. */
  readonly probesPerSecond: number;
  /** Paths that probes ask for, in turn. */
  readonly probePaths: readonly string[];
  /** Counter with a status label. @default http_requests_total */
  readonly requestMetric?: string;
  /** Latency histogram without `_bucket`. @default http_request_duration_seconds */
  readonly latencyMetric?: string;
  /** How long the release may warm up before anything is counted, ms. @default 0 */
  readonly warmUpMs?: number;
  /** What a check is held to beside the error rate; nothing when missing. */
  readonly limits?: GateLimits;
  /** Where the request counters are read. @default the app's Prometheus metrics */
  readonly counters?: CounterSource;
  /** What becomes of the figures of the release before. @default "show" */
  readonly baseline?: BaselineUse;
  /** With `compare`: how many times as bad as the release before fails a check. @default 2 */
  readonly baselineFactor?: number;
}

/** `compare` also fails a release that is much worse than the one before it was. */
export const BASELINE_USES = ["off", "show", "compare"] as const;
/** What a gate does with the baseline. */
export type BaselineUse = (typeof BASELINE_USES)[number];

/** The kinds of sources of request counters. */
export const COUNTER_SOURCES = ["metrics", "promql", "json", "probes"] as const;

/** Where request counters are read. */
export type CounterSource =
  /** The app's metrics endpoint, in Prometheus' text format. */
  | { readonly kind: "metrics" }
  /** A Prometheus server, or one with its HTTP API, that scrapes the app. */
  | {
      readonly kind: "promql";
      /** Its address; `/api/v1/query` is put behind it. */
      readonly url: string;
      /** Label matchers of the app's series: `job="shop"`. */
      readonly selector: string;
      /** Secret: the value of the header `Authorization`. */
      readonly authorization?: string;
    }
  /** Counters in a JSON document of the app. */
  | { readonly kind: "json"; readonly path: string; readonly fields: JsonFields }
  /** None: only the gate's own requests count. */
  | { readonly kind: "probes" };

/** Where in a JSON document what is: names of members, one in another by dots (`requests.total`). */
export interface JsonFields {
  /** Requests since the start. */
  readonly total: string;
  /** Those of them that failed. */
  readonly failed: string;
  /** When the process started, in any form; another value is a restart. */
  readonly startedAt?: string;
  /** Response times, ms. */
  readonly p50?: string;
  readonly p95?: string;
  readonly p99?: string;
}

/** Probes are there to make a sample on quiet stacks, not to load-test: an upper bound per second. */
export const MAX_PROBES_PER_SECOND = 100;

/** The counter that is read when the settings name none. */
export const DEFAULT_REQUEST_METRIC = "http_requests_total";

/** The histogram that is read when the settings name none. */
export const DEFAULT_LATENCY_METRIC = "http_request_duration_seconds";

/** What holds where the config says nothing: the requirement's 30 s, 3 failures, 10 minutes and 5 %. */
export const DEFAULT_GATE_SETTINGS: GateSettings = {
  intervalMs: 30_000,
  watchMs: 600_000,
  errorRateLimit: 0.05,
  failures: 3,
  minRequests: 20,
  probesPerSecond: 0,
  probePaths: ["/"],
};

/** With `baseline: compare`, a release that is twice as bad as the one before fails. */
export const DEFAULT_BASELINE_FACTOR = 2;

/** How many checks the watch time holds. */
export function checksIn(settings: GateSettings): number {
  return Math.max(1, Math.floor(settings.watchMs / settings.intervalMs));
}

/**
 * Refuses settings that no gate can work with, all faults at once.
 * @throws LockstepError CONFIG
 */
export function ensureGateSettings(settings: GateSettings): void {
  const faults: string[] = [];
  const need = (
    holds: boolean,
    key: Exclude<keyof GateSettings, "limits" | "counters">,
    expected: string,
  ) => {
    if (!holds) faults.push(`${key} is ${String(settings[key])}, expected ${expected}`);
  };
  const { errorRateLimit, failures, minRequests, probesPerSecond } = settings;
  need(settings.intervalMs > 0, "intervalMs", "more than 0 ms");
  need(settings.watchMs > 0, "watchMs", "more than 0 ms");
  need(errorRateLimit > 0 && errorRateLimit <= 1, "errorRateLimit", "above 0 and up to 1");
  need(isCount(failures), "failures", "a whole number from 1");
  need(isCount(minRequests), "minRequests", "a whole number from 1");
  need(
    probesPerSecond >= 0 && probesPerSecond <= MAX_PROBES_PER_SECOND,
    "probesPerSecond",
    `0 to ${MAX_PROBES_PER_SECOND}`,
  );
  const pathsFit = settings.probePaths.every((path) => path.startsWith("/"));
  need(pathsFit, "probePaths", "paths that begin with /");
  need(probesPerSecond === 0 || settings.probePaths.length > 0, "probePaths", "at least one path");
  need((settings.warmUpMs ?? 0) >= 0, "warmUpMs", "0 ms or more");
  need((settings.baselineFactor ?? 1) >= 1, "baselineFactor", "1 or more");
  const onlyProbes = settings.counters?.kind === "probes";
  need(
    !onlyProbes || probesPerSecond > 0,
    "probesPerSecond",
    "more than 0 where only probes count",
  );
  faults.push(...limitFaults(settings.limits ?? {}));
  if (faults.length === 0) return;
  throw new LockstepError("CONFIG", "The health gate's settings can't be used.", {
    seen: faults.join("\n"),
    next: "correct them in the stack's config and run `pulumi up` again",
  });
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
