// The verdict of one check: pure, from what was seen and the thresholds.
import { judgeAgainst, type Baseline } from "./baseline.ts";
import { countText, percentText } from "./format.ts";
import { NO_LATENCY, type Latency } from "./latency.ts";
import { judgeLatency, judgeVitals } from "./limits.ts";
import type { GateSettings } from "./settings.ts";
import { NO_VITALS, type VitalsSeen } from "./vitals.ts";

/** What one check finds. `no-data` never passes. */
export type CheckVerdict = "pass" | "fail" | "no-data";

/** Why, for machines: kept in the ledger and in events. */
export type CheckCode =
  | "ok"
  | "error-rate"
  | "app-down"
  | "wrong-release"
  | "release-unknown"
  | "health-unknown"
  | "no-metrics"
  | "few-requests"
  | "slow"
  | "no-latency"
  | "usage"
  | "usage-unseen"
  | "database"
  | "database-unseen"
  | "baseline";

/** What the health endpoint gave. */
export type HealthSeen =
  /** Answered; `release` is what the app says that it is, null when it says nothing. */
  | { readonly kind: "answered"; readonly status: number; readonly release: string | null }
  /** Refused, reset, or no answer in time: the app is not there. */
  | { readonly kind: "down"; readonly detail: string }
  /** The gate itself could not ask (names, routes, certificates): says nothing about the app. */
  | { readonly kind: "unknown"; readonly detail: string };

/** One instance's health; `instance` is its name, where the app has several. */
export interface InstanceHealth {
  readonly instance?: string;
  readonly health: HealthSeen;
}

/** What the counters gave: requests of a window, or why there are none to judge. */
export type RequestsSeen =
  { readonly total: number; readonly failed: number } | { readonly problem: string };

/** All that one check saw. */
export interface Seen {
  readonly health: readonly InstanceHealth[];
  readonly requests: RequestsSeen;
  /** The release that must answer; null to judge whatever runs. */
  readonly expected: string | null;
  /** Response times of the same requests. */
  readonly latency?: Latency;
  readonly vitals?: VitalsSeen;
  /** The release before, where the settings want it compared. */
  readonly baseline?: Baseline | undefined;
}

/** What of the settings a judgement goes by. */
export type JudgeSettings = Pick<
  GateSettings,
  "errorRateLimit" | "minRequests" | "limits" | "baselineFactor"
>;

/** A check's verdict with its reason, one plain line without full stop. */
export interface Judgement {
  readonly verdict: CheckVerdict;
  readonly code: CheckCode;
  readonly reason: string;
}

/**
 * Whether `failed` of `total` is at or above `limit`. The slack of 1e-12 is for products like
 * 0.07 * 100 = 7.000000000000001, which would let exactly 7 of 100 pass a limit of 7 %; it changes
 * no verdict below 10^8 failed requests.
 */
export function isAtLimit(failed: number, total: number, limit: number): boolean {
  return failed >= limit * total * (1 - 1e-12);
}

/**
 * Judges one check: first that each instance is the right release and alive, then their error rate, response
 * times and what they take of machine and database. A failure counts before what could not be seen.
 */
export function judgeCheck(seen: Seen, settings: JudgeSettings): Judgement {
  return judgeInstances(seen.health, seen.expected) ?? judgeWork(seen, settings);
}

/** Whether there are requests enough for a verdict on them. */
export function hasEnough(
  requests: RequestsSeen,
  { minRequests }: Pick<GateSettings, "minRequests">,
): boolean {
  return "total" in requests && requests.total >= minRequests;
}

function judgeWork(seen: Seen, settings: JudgeSettings): Judgement {
  const { requests, latency = NO_LATENCY, vitals = NO_VITALS, baseline } = seen;
  const { limits = {} } = settings;
  const ofRequests = judgeRequests(requests, settings);
  const judged = [
    ofRequests,
    // Too few requests make no quantile either.
    ...(hasEnough(requests, settings)
      ? [
          judgeLatency(latency, limits),
          baseline ? judgeAgainst(baseline, { requests, latency }, settings) : null,
        ]
      : []),
    judgeVitals(vitals, limits),
  ].filter((one) => one !== null);
  const worst = (verdict: CheckVerdict) => judged.find((one) => one.verdict === verdict);
  return worst("fail") ?? worst("no-data") ?? ofRequests;
}

/** The worst of the instances counts: one that is down is not made good by one that nobody could ask. */
function judgeInstances(
  seen: readonly InstanceHealth[],
  expected: string | null,
): Judgement | null {
  const judged = seen.flatMap(({ instance, health }) => {
    const judgement = judgeHealth(health, expected);
    if (judgement === null) return [];
    return instance === undefined
      ? judgement
      : { ...judgement, reason: `${instance}: ${judgement.reason}` };
  });
  return judged.find((one) => one.verdict === "fail") ?? judged[0] ?? null;
}

function judgeHealth(health: HealthSeen, expected: string | null): Judgement | null {
  if (health.kind === "down") return fail("app-down", `the app does not answer: ${health.detail}`);
  if (health.kind === "unknown") {
    return noData("health-unknown", `its health could not be asked for: ${health.detail}`);
  }
  if (health.status < 200 || health.status > 299) {
    return fail("app-down", `the health endpoint answers ${health.status}, expected 2xx`);
  }
  if (expected === null || health.release === expected) return null;
  if (health.release === null) {
    return noData(
      "release-unknown",
      `the app does not say which release it is, expected ${expected}`,
    );
  }
  return fail("wrong-release", `release ${health.release} answers, expected ${expected}`);
}

function judgeRequests(requests: RequestsSeen, settings: JudgeSettings): Judgement {
  if ("problem" in requests) return noData("no-metrics", requests.problem);
  const { total, failed } = requests;
  if (!Number.isFinite(total) || !Number.isFinite(failed)) {
    return noData("no-metrics", "the request counters are not numbers");
  }
  if (total < settings.minRequests) {
    const seen = countText(total, "request");
    return noData("few-requests", `${seen}, at least ${settings.minRequests} are needed`);
  }
  const limit = settings.errorRateLimit;
  const rate = percentText({ failed, total }, limit);
  const reason = `${rate} errors (${countText(failed)} of ${countText(total, "request")})`;
  return isAtLimit(failed, total, limit) ? fail("error-rate", reason) : pass(reason);
}

function pass(reason: string): Judgement {
  return { verdict: "pass", code: "ok", reason };
}
function fail(code: CheckCode, reason: string): Judgement {
  return { verdict: "fail", code, reason };
}
function noData(code: CheckCode, reason: string): Judgement {
  return { verdict: "no-data", code, reason };
}
