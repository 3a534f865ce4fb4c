// Asks one instance of an app how it is: its health endpoint and its metrics.
import type { HttpGet, HttpResult } from "./httpGet.ts";
import { readJsonCounters } from "./jsonCounters.ts";
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

/** How to ask. */
export interface AskOptions {
  /** For one request, ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the health endpoint at `address`. Never throws: no answer is something seen too. */
export async function askHealth(
  get: HttpGet,
  address: string,
  ask: AskOptions,
): Promise<HealthSeen> {
  const bounds = { ...ask, maxBytes: MAX_HEALTH_BYTES, accept: "application/json" };
  const result = await get(address, bounds);
  if (!result.ok) return { kind: result.down ? "down" : "unknown", detail: result.detail };
  return { kind: "answered", status: result.status, release: releaseIn(result) };
}

/** The two addresses of an instance, as URLs or as paths. */
export interface Addresses {
  /** Requests for it and for the metrics are the gate's or the platform's own: they are not counted. */
  readonly healthUrl: string;
  readonly metricsUrl: string;
}

/** Reads the request counters; a string says why there are none. Never throws. */
export async function askMetrics(
  get: HttpGet,
  { healthUrl, metricsUrl }: Addresses,
  { counters, ...ask }: AskOptions & { readonly counters: ReadOptions },
): Promise<Reading | string> {
  const source = counters.counters;
  if (source?.kind === "probes") return "only the gate's own requests count";
  const accept = source?.kind === "json" ? "application/json" : METRICS_ACCEPT;
  const result = await get(metricsUrl, { ...ask, maxBytes: MAX_METRICS_BYTES, accept });
  if (!result.ok) return `the metrics could not be read: ${result.detail}`;
  if (result.status !== 200) return `the metrics endpoint answers ${result.status}, expected 200`;
  if (source?.kind === "json") return readJsonCounters(result.body, source.fields);
  const parsed = parsePrometheus(result.body);
  if (!parsed.ok) return `line ${parsed.line} of the metrics is no sample: ${parsed.text}`;
  const ignorePaths = [healthUrl, metricsUrl].map((url) => new URL(url, "http://app").pathname);
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
