// The release before as the yardstick: what it answered with errors, and how fast, in its own life.
import { countText, durationText, percentText } from "./format.ts";
import type { Judgement, RequestsSeen } from "./judge.ts";
import type { Latency } from "./latency.ts";
import { DEFAULT_BASELINE_FACTOR, type GateSettings } from "./settings.ts";
import type { AppSource } from "./source.ts";
import { RequestWindow } from "./window.ts";

/** What a release had answered when the next one was about to take its place. */
export interface Baseline extends Latency {
  /** The release measured: `1.0-3f9c2ab41c07`. */
  readonly of: string;
  /** Requests since its processes started, and those of them that failed. */
  readonly total: number;
  readonly failed: number;
}

/** So much worse (0 to 1) an error rate may always be: one failed request of a few is no trend. */
const RATE_SLACK = 0.01;
/** So much slower a p95 may always be, ms: histograms are no more exact than their buckets. */
const P95_SLACK_MS = 10;

/** One reading of the counters of the release that runs, which began with its processes; a string says why there is none. */
export async function measureBaseline(
  source: AppSource,
  settings: GateSettings,
  running: { readonly of: string; readonly timeoutMs: number },
): Promise<Baseline | string> {
  if (settings.counters?.kind === "probes") return "only the gate's own requests are counted";
  const readings = await source.askMetrics(settings, { timeoutMs: running.timeoutMs });
  if (typeof readings === "string") return readings;
  const window = RequestWindow.sinceStart(settings.latencyMetric);
  const { requests, latency } = window.add(readings);
  if ("problem" in requests) return requests.problem;
  return { of: running.of, ...requests, ...latency };
}

/** `1.0-3f9c2ab41c07 had 0.3 % errors (12 of 4,000 requests), p95 18 ms`. */
export function describeBaseline({ of, total, failed, p95Ms }: Baseline): string {
  const rate = total > 0 ? `${percentText({ failed, total }, 1)} errors` : "no requests";
  const counts = total > 0 ? ` (${countText(failed)} of ${countText(total, "request")})` : "";
  return `${of} had ${rate}${counts}${p95Ms === null ? "" : `, p95 ${durationText(p95Ms)}`}`;
}

/**
 * Whether a window is worse than the release before by the factor, and by more than chance; null where it
 * isn't, or the baseline rests on too few requests.
 */
export function judgeAgainst(
  baseline: Baseline,
  seen: { readonly requests: RequestsSeen; readonly latency: Latency },
  settings: Pick<GateSettings, "baselineFactor" | "minRequests">,
): Judgement | null {
  const { requests, latency } = seen;
  if ("problem" in requests || baseline.total < settings.minRequests) return null;
  const factor = settings.baselineFactor ?? DEFAULT_BASELINE_FACTOR;
  const rate = requests.total > 0 ? requests.failed / requests.total : 0;
  const former = baseline.failed / baseline.total;
  const worse = (what: string): Judgement => ({
    verdict: "fail",
    code: "baseline",
    reason: `${what}; ${describeBaseline(baseline)}`,
  });
  if (rate >= former * factor && rate > former + RATE_SLACK) {
    return worse(`${percentText(requests, 1)} errors`);
  }
  const { p95Ms } = latency;
  if (p95Ms === null || baseline.p95Ms === null) return null;
  const isSlow = p95Ms >= baseline.p95Ms * factor && p95Ms > baseline.p95Ms + P95_SLACK_MS;
  return isSlow ? worse(`p95 is ${durationText(p95Ms)}`) : null;
}
