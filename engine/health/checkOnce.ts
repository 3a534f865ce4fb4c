// One check outside of a release: how is the app right now?
import { setTimeout as sleepMs } from "node:timers/promises";
import { makeCheck, requestTimeoutMs, type CheckOutcome } from "./check.ts";
import { counterPaths, withCounters } from "./counters.ts";
import type { HttpGet } from "./httpGet.ts";
import { NO_PROBES, startProbes } from "./probes.ts";
import { DEFAULT_GATE_SETTINGS, ensureGateSettings, type GateSettings } from "./settings.ts";
import { urlSource, type AppSource, type Target } from "./source.ts";
import { VitalsMeter } from "./vitals.ts";
import { lookAtVitals, type AskDatabase } from "./vitalsLook.ts";
import { RequestWindow } from "./window.ts";

/** Long enough to see some requests, short enough to wait for at a prompt, ms. */
export const DEFAULT_WINDOW_MS = 2000;

/** What to look at. */
export interface HealthQuestion extends Target {
  /** The release id that must answer; whatever runs is judged when missing. */
  readonly release?: string;
  /** From the first reading of the counters to the second, ms. @default DEFAULT_WINDOW_MS */
  readonly windowMs?: number;
  /** What differs from DEFAULT_GATE_SETTINGS; `intervalMs`, `watchMs` and `failures` mean nothing here. */
  readonly settings?: Partial<GateSettings>;
  /** One look at the app's database at either end. */
  readonly askDatabase?: AskDatabase;
  /** What the app's processes take, where that is seen from outside of it. */
  readonly askUsage?: NonNullable<AppSource["askUsage"]>;
  readonly signal?: AbortSignal;
  readonly get?: HttpGet;
  /** Rejects when the signal aborts. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Reads the counters twice, `windowMs` apart, asks for the app's health, and judges as one check of a
 * gate would.
 * @throws LockstepError CONFIG for settings that can't work; an AbortError when `signal` aborts
 */
export async function checkHealthOnce(question: HealthQuestion): Promise<CheckOutcome> {
  const { signal, sleep = sleepFor, windowMs = DEFAULT_WINDOW_MS } = question;
  const settings = { ...DEFAULT_GATE_SETTINGS, ...question.settings };
  ensureGateSettings(settings);
  const { askDatabase, askUsage } = question;
  const app = urlSource(counterPaths(question, settings), question.get);
  const source = withCounters({ ...app, ...(askUsage && { askUsage }) }, settings);
  const timeoutMs = requestTimeoutMs(settings);
  const ask = { timeoutMs, signal };
  const window = new RequestWindow(settings.latencyMetric);
  const vitals = { source, askDatabase, meter: new VitalsMeter(), now: () => performance.now() };
  const first = await source.askMetrics(settings, ask);
  window.add(first, NO_PROBES);
  await lookAtVitals(vitals, first, ask);
  const probes = startProbes({
    paths: settings.probePaths,
    perSecond: settings.probesPerSecond,
    timeoutMs,
    get: source.get,
  });
  try {
    await sleep(windowMs, signal);
    const expected = question.release ?? null;
    const check = await makeCheck({ ...vitals, settings, expected, window, probes, signal });
    signal?.throwIfAborted();
    return check;
  } finally {
    probes.stop();
  }
}

function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  return sleepMs(ms, undefined, signal ? { signal } : {});
}
