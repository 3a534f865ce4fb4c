// The requests that the next verdict is about: all since the last one, so that each is judged once.
import type { RequestsSeen } from "./judge.ts";
import { latencyOf, NO_LATENCY, unitOf, type Latency } from "./latency.ts";
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

/**
 * Gathers what scrapes and probes say between two verdicts.
 *
 * The app's counters hold the probes that it answered, so they are taken alone where they can be
 * read, with only those probes added that never reached it. Where they can't be, the probes' own
 * count stands in.
 */
export class RequestWindow {
  #last: Reading | null = null;
  #requests = NO_REQUESTS;
  #probes = NO_PROBES;
  readonly #unitMs: number;

  constructor(latencyMetric: string = DEFAULT_LATENCY_METRIC) {
    this.#unitMs = unitOf(latencyMetric);
  }

  /** Adds a scrape (a string: why there is none) and the probes since the last one. */
  add(reading: Reading | string, probes: ProbeCounts): WindowSeen {
    this.#probes = addProbes(this.#probes, probes);
    const problem = this.#count(reading);
    if (problem === null) return this.#fromMetrics();
    const { good, failed, unanswered } = this.#probes;
    const total = good + failed + unanswered;
    const { restarted } = this.#requests;
    if (total === 0) {
      return { requests: { problem }, source: "none", latency: NO_LATENCY, restarted };
    }
    const requests = { total, failed: failed + unanswered };
    return { requests, source: "probes", latency: NO_LATENCY, restarted };
  }

  /** Starts the next window: what was gathered has had its verdict. */
  clear(): void {
    this.#requests = NO_REQUESTS;
    this.#probes = NO_PROBES;
  }

  #count(reading: Reading | string): string | null {
    if (typeof reading === "string") return reading;
    const before = this.#last;
    if (reading.problem === null || (reading.missing && before === null)) this.#last = reading;
    if (reading.problem !== null) return reading.problem;
    if (before === null) return "the metrics could be read for the first time just now";
    this.#requests = addCounts(this.#requests, countBetween(before, reading));
    return null;
  }

  #fromMetrics(): WindowSeen {
    const { unanswered } = this.#probes;
    const total = this.#requests.total + unanswered;
    const failed = this.#requests.failed + unanswered;
    return {
      requests: { total, failed },
      source: "metrics",
      latency: latencyOf(this.#requests.buckets, this.#unitMs),
      restarted: this.#requests.restarted,
    };
  }
}
