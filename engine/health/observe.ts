// Asks an app once how it is: its health endpoint and its metrics.
import { httpGet, type HttpGet, type HttpResult } from "./httpGet.ts";
import type { HealthSeen } from "./judge.ts";
import { parsePrometheus } from "./prometheus.ts";
import { readRequests, type Reading, type ReadOptions } from "./requests.ts";

/** Longest answers that are read: health is a small document, metrics of a big app are some MB. */
const MAX_HEALTH_BYTES = 256 * 1024;
const MAX_METRICS_BYTES = 32 * 1024 * 1024;

/** The text format 0.0.4 is asked for; what else a server may prefer is not read. */
const METRICS_ACCEPT = "text/plain;version=0.0.4;q=1,*/*;q=0.1";

/** Header in which an app may say its release, beside `release` in a JSON body. */
export const RELEASE_HEADER = "x-lockstep-release";

/** Where to ask. */
export interface Target {
  /** Answers 2xx when the app is well, with `{"release": "<LOCKSTEP_RELEASE>"}` or the header. */
  readonly healthUrl: string;
  /** Prometheus text; without it only the gate's own probes are counted. */
  readonly metricsUrl?: string | undefined;
}

/** How to ask. */
export interface AskOptions {
  /** For each of the two requests, ms. */
  readonly timeoutMs: number;
  readonly get?: HttpGet | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the health endpoint. Never throws: no answer is something seen too. */
export async function askHealth(target: Target, options: AskOptions): Promise<HealthSeen> {
  const { get = httpGet, timeoutMs, signal } = options;
  const result = await get(target.healthUrl, {
    timeoutMs,
    maxBytes: MAX_HEALTH_BYTES,
    accept: "application/json",
    signal,
  });
  if (!result.ok) return { kind: result.down ? "down" : "unknown", detail: result.detail };
  return { kind: "answered", status: result.status, release: releaseIn(result) };
}

/** Reads the request counters; a string says why there are none. Never throws. */
export async function askMetrics(
  target: Target,
  counters: ReadOptions,
  options: AskOptions,
): Promise<Reading | string> {
  const { metricsUrl } = target;
  if (metricsUrl === undefined) return "no metrics endpoint is configured";
  const { get = httpGet, timeoutMs, signal } = options;
  const result = await get(metricsUrl, {
    timeoutMs,
    maxBytes: MAX_METRICS_BYTES,
    accept: METRICS_ACCEPT,
    signal,
  });
  if (!result.ok) return `the metrics could not be read: ${result.detail}`;
  if (result.status !== 200) return `the metrics endpoint answers ${result.status}, expected 200`;
  const parsed = parsePrometheus(result.body);
  if (!parsed.ok) return `line ${parsed.line} of the metrics is no sample: ${parsed.text}`;
  const ignorePaths = [target.healthUrl, metricsUrl].map((url) => new URL(url).pathname);
  return readRequests(parsed.samples, { ...counters, ignorePaths });
}

function releaseIn(result: HttpResult & { ok: true }): string | null {
  const header = result.headers[RELEASE_HEADER];
  if (typeof header === "string" && header !== "") return header;
  try {
    const body: unknown = JSON.parse(result.body);
    const hasRelease = typeof body === "object" && body !== null && "release" in body;
    return hasRelease && typeof body.release === "string" ? body.release : null;
  } catch {
    return null;
  }
}
