// The verdict of one check: pure, from what was seen and the thresholds.
import { countText, percentText } from "./format.ts";
import type { GateSettings } from "./settings.ts";

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
  | "few-requests";

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
}

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

/** Judges one check: first that each instance is the right release and alive, then their error rate. */
export function judgeCheck(
  seen: Seen,
  settings: Pick<GateSettings, "errorRateLimit" | "minRequests">,
): Judgement {
  return judgeInstances(seen.health, seen.expected) ?? judgeRequests(seen.requests, settings);
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

function judgeRequests(
  requests: RequestsSeen,
  settings: Pick<GateSettings, "errorRateLimit" | "minRequests">,
): Judgement {
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
