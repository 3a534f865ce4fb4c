// The health gate: watches a release for a time, check by check, and ends with a verdict.
import { setTimeout as sleepMs } from "node:timers/promises";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { describeBaseline, type Baseline } from "./baseline.ts";
import { describeCheck, makeCheck, requestTimeoutMs, type CheckOutcome } from "./check.ts";
import { failedInARow, planCourse, type GateVerdict } from "./course.ts";
import { judgeCheck } from "./judge.ts";
import { NO_PROBES, startProbes, type Probes, type StartProbes } from "./probes.ts";
import { checksIn, ensureGateSettings, type GateSettings } from "./settings.ts";
import type { AppSource } from "./source.ts";
import { VitalsMeter } from "./vitals.ts";
import { lookAtVitals, type AskDatabase } from "./vitalsLook.ts";
import { RequestWindow } from "./window.ts";

/** How long the right release may take to answer before a wrong one counts against it, ms. */
export const DEFAULT_RELEASE_GRACE_MS = 10_000;
/** From one question for the release to the next within that time, ms. */
const RELEASE_POLL_MS = 500;

/** One check of a gate, as the ledger keeps it. */
export interface CheckResult extends CheckOutcome {
  /** From 1. It may pass `of`: a watch that would end on a check that did not pass goes on a little. */
  readonly n: number;
  /** How many the watch time holds. */
  readonly of: number;
}

/** How a gate ended. */
export interface GateOutcome {
  readonly verdict: GateVerdict;
  readonly checks: readonly CheckResult[];
  /** Of the last window that had data, 0 to 1. */
  readonly errorRate: number | null;
  /** One plain line without full stop. */
  readonly reason: string;
}

/** What the gate uses of the world; tests bring their own. */
export interface GatePorts {
  readonly startProbes: StartProbes;
  /** Monotonic, ms. */
  readonly now: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What to watch, and whom to tell. */
export interface GateWatch {
  /** How the app is asked. */
  readonly source: AppSource;
  /** `id` is what the app was told that it is (LOCKSTEP_RELEASE), `label` what people call it. */
  readonly release: { readonly id: string; readonly label: string };
  readonly settings: GateSettings;
  /** Called, and waited for, after each check. What it throws ends the gate. */
  readonly onCheck: (check: CheckResult) => Promise<void> | void;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** One look at the app's database with each check. */
  readonly askDatabase?: AskDatabase;
  /** What the release before was like. */
  readonly baseline?: Baseline | undefined;
  /** @default DEFAULT_RELEASE_GRACE_MS */
  readonly releaseGraceMs?: number;
  readonly ports?: Partial<GatePorts>;
}

const PORTS: GatePorts = {
  startProbes,
  now: () => performance.now(),
  sleep: (ms, signal) => sleepMs(ms, undefined, signal ? { signal } : {}),
};

/**
 * Watches a release until its verdict is clear; `planCourse` has the rules. The verdict is data: what
 * follows from it (rollback, error) is the caller's.
 * @throws LockstepError INTERRUPTED when `signal` aborts, CONFIG for settings that can't work
 */
export async function watchGate(watch: GateWatch): Promise<GateOutcome> {
  ensureGateSettings(watch.settings);
  const ports = { ...PORTS, ...watch.ports };
  let probes: Probes | null = null;
  try {
    ensureNotAborted(watch);
    await awaitRelease(watch, ports);
    const { settings } = watch;
    const ask = askOptions(watch);
    probes = ports.startProbes({
      paths: settings.probePaths,
      perSecond: settings.probesPerSecond,
      timeoutMs: ask.timeoutMs,
      get: watch.source.get,
    });
    await warmUp(watch, ports, probes);
    tellBaseline(watch);
    const means = { window: new RequestWindow(settings.latencyMetric), meter: new VitalsMeter() };
    await beginWindow(watch, { ...means, now: ports.now });
    return await runChecks(watch, ports, { ...means, probes });
  } catch (error) {
    ensureNotAborted(watch, error);
    throw error;
  } finally {
    probes?.stop();
  }
}

/** What a start costs (caches, connections, compiling) is not the release's failure. Its own probes warm it up, too. */
async function warmUp(watch: GateWatch, ports: GatePorts, probes: Probes): Promise<void> {
  const { warmUpMs = 0 } = watch.settings;
  if (warmUpMs <= 0) return;
  watch.report("progress", `release ${watch.release.label} warms up for ${warmUpMs / 1000} s`);
  await ports.sleep(warmUpMs, watch.signal);
  ensureNotAborted(watch);
  probes.take();
}

function tellBaseline({ baseline, settings, report }: GateWatch): void {
  if (!baseline || settings.baseline === "off") return;
  const isCompared = settings.baseline === "compare" && baseline.total >= settings.minRequests;
  const use = isCompared ? ", which each check is compared with" : "";
  report("info", `before: ${describeBaseline(baseline)}${use}`, { baseline });
}

/** Said once: without a limit, what is not to be seen fails nothing, and no check speaks of it. */
function tellUnseen({ source, report }: GateWatch, { vitals }: CheckResult): void {
  if (!source.askUsage || typeof vitals.usage !== "string") return;
  report("info", `CPU and memory are not seen: ${vitals.usage}`);
}

/** The first reading, which what comes is counted from. */
async function beginWindow(
  watch: GateWatch,
  means: {
    readonly window: RequestWindow;
    readonly meter: VitalsMeter;
    readonly now: () => number;
  },
): Promise<void> {
  const { source, settings, askDatabase } = watch;
  const ask = askOptions(watch);
  const readings = await source.askMetrics(settings, ask);
  means.window.add(readings, NO_PROBES);
  await lookAtVitals({ source, askDatabase, ...means }, readings, ask);
}

/** Proves that what runs is the release in question, or leaves it to the checks to say what does. */
async function awaitRelease(watch: GateWatch, ports: GatePorts): Promise<void> {
  const { release, report } = watch;
  // Nothing is measured yet: a limit would only find that its figure is not to be seen.
  const settings = { ...watch.settings, limits: {} };
  const until = ports.now() + (watch.releaseGraceMs ?? DEFAULT_RELEASE_GRACE_MS);
  for (;;) {
    const health = await watch.source.askHealth(askOptions(watch));
    ensureNotAborted(watch);
    // With a count that passes, what is left of the judgement is health and release.
    const requests = { total: settings.minRequests, failed: 0 };
    const judged = judgeCheck({ health, requests, expected: release.id }, settings);
    if (judged.verdict === "pass") {
      report("progress", `release ${release.label} answers, watching ${checksText(settings)}`);
      return;
    }
    if (ports.now() >= until) return;
    report("progress", `waiting for release ${release.label}: ${judged.reason}`);
    await ports.sleep(RELEASE_POLL_MS, watch.signal);
  }
}

async function runChecks(
  watch: GateWatch,
  ports: GatePorts,
  means: {
    readonly window: RequestWindow;
    readonly meter: VitalsMeter;
    readonly probes: Probes;
  },
): Promise<GateOutcome> {
  const { source, settings, release, signal, askDatabase } = watch;
  const checks: CheckResult[] = [];
  const baseline = settings.baseline === "compare" ? watch.baseline : undefined;
  const subject = {
    ...{ source, settings, expected: release.id, signal },
    ...{ askDatabase, baseline, now: ports.now },
  };
  let dueMs = ports.now() + settings.intervalMs;
  for (;;) {
    await ports.sleep(Math.max(0, dueMs - ports.now()), signal);
    const outcome = await makeCheck({ ...subject, ...means });
    ensureNotAborted(watch);
    const check = { n: checks.length + 1, of: checksIn(settings), ...outcome };
    checks.push(check);
    if (check.n === 1) tellUnseen(watch, check);
    reportCheck(watch, checks);
    await watch.onCheck(check);
    ensureNotAborted(watch);
    const course = planCourse(checks, settings);
    if (course.next === "end") return endGate(watch, checks, course);
    // After a slow check the next one still gets half a window of its own.
    dueMs = Math.max(dueMs + settings.intervalMs, ports.now() + settings.intervalMs / 2);
  }
}

function reportCheck(watch: GateWatch, checks: readonly CheckResult[]): void {
  const check = checks.at(-1);
  if (!check) return;
  const head = `gate check ${check.n} of ${check.of}`;
  const data = { check };
  const text = describeCheck(check);
  if (check.verdict === "pass") watch.report("progress", `${head}: ${text}`, data);
  else if (check.verdict === "no-data") watch.report("progress", `${head}: no data: ${text}`, data);
  else {
    const row = `${failedInARow(checks)} of ${watch.settings.failures} failures in a row`;
    watch.report("warn", `${head}: failed: ${text} (${row})`, data);
  }
}

function endGate(
  watch: GateWatch,
  checks: readonly CheckResult[],
  { verdict, reason }: { readonly verdict: GateVerdict; readonly reason: string },
): GateOutcome {
  const errorRate = checks.findLast((check) => check.errorRate !== null)?.errorRate ?? null;
  const said = { pass: "passed", fail: "failed", held: "is held" }[verdict];
  watch.report("info", `gate ${said} for release ${watch.release.label}: ${reason}`, {
    verdict,
    checks: checks.length,
    errorRate,
  });
  return { verdict, checks, errorRate, reason };
}

function askOptions(watch: GateWatch) {
  return { timeoutMs: requestTimeoutMs(watch.settings), signal: watch.signal };
}

function checksText(settings: GateSettings): string {
  return `${checksIn(settings)} checks, ${settings.intervalMs / 1000} s apart`;
}

function ensureNotAborted(watch: GateWatch, cause?: unknown): void {
  if (watch.signal?.aborted !== true) return;
  throw new LockstepError("INTERRUPTED", "The health gate was interrupted before its verdict.", {
    seen: `release ${watch.release.label}`,
    next: "run `pulumi up` again: the gate watches anew, nothing has been rolled back",
    cause,
  });
}
