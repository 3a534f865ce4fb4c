// The gate's own requests, for stacks that have no traffic, counted by what came back.
import { setMaxListeners } from "node:events";
import type { HttpGet } from "./httpGet.ts";

/** Probes that wait for an answer at the same time; more are not sent until some come back. */
const MAX_IN_FLIGHT = 32;
/** Only the status counts, but a body is read to its end so that a cut one is noticed, bytes. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** What came of the probes since the last `take`. */
export interface ProbeCounts {
  /** Answered below 500: a 404 is the app's answer, not its failure. */
  readonly good: number;
  /** Answered with a 5xx. */
  readonly failed: number;
  /** Refused, cut or timed out: failures that the app's own counters don't hold. */
  readonly unanswered: number;
  /** How long the answered ones took, ms. */
  readonly timesMs?: readonly number[];
}

/** No probes. */
export const NO_PROBES: ProbeCounts = { good: 0, failed: 0, unanswered: 0 };

/** Probes that are being sent. */
export interface Probes {
  /** What came back since the last call. */
  take(): ProbeCounts;
  /** Sends no more; those in flight are given up. */
  stop(): void;
}

/** What to send, and how often. */
export interface ProbeOptions {
  /** Asks the app for a path. */
  readonly get: HttpGet;
  readonly paths: readonly string[];
  readonly perSecond: number;
  /** For one probe, ms. */
  readonly timeoutMs: number;
  /** Calls `tick` every `ms` until the returned function is called. */
  readonly every?: ((ms: number, tick: () => void) => () => void) | undefined;
}

/** The port that the gate starts its probes through. */
export type StartProbes = (options: ProbeOptions) => Probes;

/** Two counts as one. */
export function addProbes(a: ProbeCounts, b: ProbeCounts): ProbeCounts {
  return {
    good: a.good + b.good,
    failed: a.failed + b.failed,
    unanswered: a.unanswered + b.unanswered,
    timesMs: [...(a.timesMs ?? []), ...(b.timesMs ?? [])],
  };
}

/** Begins to send probes; `stop` must be called. With no rate or no paths it sends none. */
export const startProbes: StartProbes = (options) => {
  const { paths, perSecond, timeoutMs, get, every = everyMs } = options;
  const ended = new AbortController();
  // Every probe in flight listens to it, which Node takes for a leak from the 11th on.
  setMaxListeners(MAX_IN_FLIGHT, ended.signal);
  let counts = NO_PROBES;
  let inFlight = 0;
  let sent = 0;
  const probe = async (path: string) => {
    inFlight += 1;
    const bounds = { timeoutMs, maxBytes: MAX_BODY_BYTES, signal: ended.signal };
    const sentMs = performance.now();
    const result = await get(path, bounds);
    inFlight -= 1;
    if (ended.signal.aborted) return;
    const timesMs = [performance.now() - sentMs];
    if (result.ok) counts = addProbes(counts, { ...answered(result.status), timesMs });
    // A fault that may be on our side is neither good nor bad.
    else if (result.down) counts = addProbes(counts, { ...NO_PROBES, unanswered: 1 });
  };
  const tick = () => {
    const path = paths[sent % paths.length];
    if (path === undefined || inFlight >= MAX_IN_FLIGHT) return;
    sent += 1;
    void probe(path);
  };
  const stopTicking = perSecond > 0 ? every(1000 / perSecond, tick) : () => undefined;
  return {
    take: () => {
      const taken = counts;
      counts = NO_PROBES;
      return taken;
    },
    stop: () => {
      stopTicking();
      ended.abort();
    },
  };
};

function answered(status: number): ProbeCounts {
  return status >= 500 ? { ...NO_PROBES, failed: 1 } : { ...NO_PROBES, good: 1 };
}

function everyMs(ms: number, tick: () => void): () => void {
  const timer = setInterval(tick, ms);
  return () => {
    clearInterval(timer);
  };
}
