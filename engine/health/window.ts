// The requests that the next verdict is about: all since the last one, so that each is judged once.
import type { RequestsSeen } from "./judge.ts";
import { latencyOf, latencyOfTimes, NO_LATENCY, slower, unitOf, type Latency } from "./latency.ts";
import { addProbes, NO_PROBES, type ProbeCounts } from "./probes.ts";
import { addCounts, countBetween, NO_REQUESTS, type Reading } from "./requests.ts";
import { DEFAULT_LATENCY_METRIC } from "./settings.ts";

/** Which count a check went by. */
export type RequestSource = "metrics" | "probes" | "none";

/** One window, ready to be judged. */
export interface WindowSeen {
  readonly requests: RequestsSeen;
  readonly source: RequestSource;
  readonly latency: Latency;
  /** The app started again within the window. */
  readonly restarted: boolean;
}

/** By instance: its counters, or why they could not be read. A name never stands for two processes. */
export type Readings = ReadonlyMap<string, Reading | string>;

/** What came of one instance's reading. A counter that is not there (yet) is a start at 0. */
type Counted =
  | { readonly kind: "counted" }
  | { readonly kind: "first" }
  | { readonly kind: "problem"; readonly text: string }
  | { readonly kind: "missing"; readonly text: string };

/** What an instance had counted that began within the window. */
const NOTHING: Reading = {
  series: new Map<string, { failed: boolean; value: number }>(),
  buckets: new Map<number, number>(),
  startedAt: null,
  missing: false,
  problem: null,
};

/**
 * Gathers what scrapes and probes say between two verdicts.
 *
 * The app's counters hold the probes that it answered, so they are taken alone where they can be
 * read, with only those probes added that never reached it. Where they can't be, the probes' own
 * count stands in. An instance that turns up later began within the window, so all that it has counted
 * is new; what one counted between its last scrape and its end is lost.
 */
export class RequestWindow {
  /** The last good reading by instance; null for one that was there, but could not be read. */
  readonly #last = new Map<string, Reading | null>();
  #hasBegun = false;
  #requests = NO_REQUESTS;
  #probes = NO_PROBES;
  /** Of the last scrape, from a source without a histogram. */
  #told = NO_LATENCY;
  readonly #unitMs: number;

  constructor(latencyMetric: string = DEFAULT_LATENCY_METRIC) {
    this.#unitMs = unitOf(latencyMetric);
  }

  /** A window that began with the processes: its first scrape counts as a whole. */
  static sinceStart(latencyMetric?: string): RequestWindow {
    const window = new RequestWindow(latencyMetric);
    window.#hasBegun = true;
    return window;
  }

  /** Adds a scrape of all instances (a string: why there is none) and the probes since the last one. */
  add(readings: Readings | string, probes: ProbeCounts = NO_PROBES): WindowSeen {
    this.#probes = addProbes(this.#probes, probes);
    const problem = this.#count(readings);
    if (problem === null) return this.#fromMetrics();
    const { good, failed, unanswered } = this.#probes;
    const total = good + failed + unanswered;
    const { restarted } = this.#requests;
    if (total === 0) {
      return { requests: { problem }, source: "none", latency: NO_LATENCY, restarted };
    }
    const requests = { total, failed: failed + unanswered };
    const latency = latencyOfTimes(this.#probes.timesMs ?? []);
    return { requests, source: "probes", latency, restarted };
  }

  /** Starts the next window: what was gathered has had its verdict. */
  clear(): void {
    this.#requests = NO_REQUESTS;
    this.#probes = NO_PROBES;
  }

  #count(readings: Readings | string): string | null {
    if (typeof readings === "string") return readings;
    this.#told = NO_LATENCY;
    const answers = [...readings].map(([instance, reading]) => this.#countOne(instance, reading));
    this.#hasBegun = true;
    const problem = answers.find((answer) => answer.kind === "problem");
    if (problem) return problem.text;
    if (answers.some((answer) => answer.kind === "counted")) return null;
    const missing = answers.find((answer) => answer.kind === "missing");
    return missing?.text ?? "the metrics could be read for the first time just now";
  }

  #countOne(instance: string, reading: Reading | string): Counted {
    const isNew = this.#hasBegun && !this.#last.has(instance);
    const before = this.#last.get(instance) ?? (isNew ? NOTHING : null);
    if (typeof reading === "string") {
      if (!isNew) this.#last.set(instance, before);
      return { kind: "problem", text: reading };
    }
    const { problem, missing } = reading;
    if (problem === null || (missing && before === null)) this.#last.set(instance, reading);
    if (problem !== null) return { kind: missing ? "missing" : "problem", text: problem };
    if (before === null) return { kind: "first" };
    this.#requests = addCounts(this.#requests, countBetween(before, reading));
    this.#told = slower(this.#told, reading.latency ?? NO_LATENCY);
    return { kind: "counted" };
  }

  #fromMetrics(): WindowSeen {
    const { unanswered } = this.#probes;
    const total = this.#requests.total + unanswered;
    const failed = this.#requests.failed + unanswered;
    return {
      requests: { total, failed },
      source: "metrics",
      latency: slower(latencyOf(this.#requests.buckets, this.#unitMs), this.#told),
      restarted: this.#requests.restarted,
    };
  }
}
