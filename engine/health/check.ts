// One check of a release: asks, counts, judges, and says it in one line.
import type { Baseline } from "./baseline.ts";
import { durationText } from "./format.ts";
import { hasEnough, judgeCheck, type CheckCode, type CheckVerdict } from "./judge.ts";
import type { Latency } from "./latency.ts";
import { NO_PROBES, type Probes } from "./probes.ts";
import type { GateSettings } from "./settings.ts";
import type { AppSource } from "./source.ts";
import { describeDatabase, describeUsage, type VitalsMeter, type VitalsSeen } from "./vitals.ts";
import { lookAtVitals, type AskDatabase } from "./vitalsLook.ts";
import type { RequestSource, RequestWindow } from "./window.ts";

/** Bounds for one request's time-out, ms: an interval, but neither hasty nor endless. */
const MIN_TIMEOUT_MS = 1000;
const MAX_TIMEOUT_MS = 5000;

/** What one check found; plain data, fit for a ledger row. */
export interface CheckOutcome extends Latency {
  /** Wall clock at its end, ISO 8601. */
  readonly at: string;
  readonly verdict: CheckVerdict;
  readonly code: CheckCode;
  /** One plain line without full stop. */
  readonly reason: string;
  /** Requests in its window; null where nothing could be counted. */
  readonly total: number | null;
  readonly failed: number | null;
  /** 0 to 1; null without requests. */
  readonly errorRate: number | null;
  readonly source: RequestSource;
  /** The app's counters began again at 0 within the window. */
  readonly restarted: boolean;
  /** CPU, memory and database, as far as they are to be seen. */
  readonly vitals: VitalsSeen;
}

/** Verdicts that say nothing of the requests: those wait for the next check. */
const OF_VITALS: ReadonlySet<CheckCode> = new Set([
  "usage",
  "usage-unseen",
  "database",
  "database-unseen",
]);

/** What a check works on. */
export interface CheckSubject {
  readonly source: AppSource;
  readonly settings: GateSettings;
  /** The release that must answer; null to judge whatever runs. */
  readonly expected: string | null;
  readonly window: RequestWindow;
  readonly meter: VitalsMeter;
  readonly probes?: Probes | undefined;
  /** One look at the database; none where it is missing. */
  readonly askDatabase?: AskDatabase | undefined;
  /** The release before, where it is compared with. */
  readonly baseline?: Baseline | undefined;
  /** Monotonic, ms. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** The time-out of each request that a gate with these settings sends, ms. */
export function requestTimeoutMs(settings: GateSettings): number {
  return Math.min(MAX_TIMEOUT_MS, Math.max(MIN_TIMEOUT_MS, settings.intervalMs));
}

/** Makes one check. Never throws for what the app does; an abort gives a check that means nothing. */
export async function makeCheck(subject: CheckSubject): Promise<CheckOutcome> {
  const { source, settings, window, expected } = subject;
  const ask = { timeoutMs: requestTimeoutMs(settings), signal: subject.signal };
  const [health, reading] = await Promise.all([
    source.askHealth(ask),
    source.askMetrics(settings, ask),
  ]);
  const vitals = await lookAtVitals(subject, reading, ask);
  const seen = window.add(reading, subject.probes?.take() ?? NO_PROBES);
  const { requests, latency } = seen;
  const { baseline } = subject;
  const judged = judgeCheck({ health, requests, expected, latency, vitals, baseline }, settings);
  // Too few requests wait for more of them; anything else has had its verdict.
  const waits =
    judged.code === "few-requests" ||
    judged.code === "no-metrics" ||
    (OF_VITALS.has(judged.code) && !hasEnough(requests, settings));
  if (!waits) window.clear();
  const { total, failed } = "problem" in requests ? { total: null, failed: null } : requests;
  const hasRate = total !== null && total > 0;
  return {
    at: new Date().toISOString(),
    ...judged,
    total,
    failed,
    errorRate: hasRate ? failed / total : null,
    source: seen.source,
    restarted: seen.restarted,
    vitals,
    ...latency,
  };
}

/** `1.2 % errors (12 of 1,004 requests), p95 18 ms, 0.12 cores, 96 MiB, 14 of 97 connections`, and what else a person should know of it. */
export function describeCheck(check: CheckOutcome): string {
  const parts = [check.reason];
  if (check.p95Ms !== null) parts.push(`p95 ${durationText(check.p95Ms)}`);
  if (check.source === "probes" && check.total !== null) parts.push("own probes only");
  if (check.restarted) parts.push("the app started again meanwhile");
  const { usage, database } = check.vitals;
  if (typeof usage !== "string") parts.push(describeUsage(usage));
  if (typeof database !== "string") parts.push(describeDatabase(database));
  return parts.filter(Boolean).join(", ");
}
