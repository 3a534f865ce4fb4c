// Reads an app's counters from a Prometheus server, or one with its HTTP API: raw, so that resets show as they do in a scrape.
import { z } from "zod";
import { getWith, type HttpResult } from "./httpGet.ts";
import type { AskOptions } from "./observe.ts";
import type { Sample } from "./prometheus.ts";
import { metricNames, readRequests, type Reading, type ReadOptions } from "./requests.ts";
import type { CounterSource } from "./settings.ts";
import type { Readings } from "./window.ts";

/** Longest answer that is read: a histogram of many pods is some MB. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Labels that tell one process from another, in Prometheus' own and its operator's setups. */
const INSTANCE_LABELS = ["namespace", "pod", "instance"];

/** What `/api/v1/query` answers (prometheus.io, HTTP API): values are texts, as JSON has no NaN. */
const AnswerSchema = z.union([
  z.object({
    status: z.literal("success"),
    data: z.object({
      resultType: z.literal("vector"),
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          value: z.tuple([z.number(), z.string()]),
        }),
      ),
    }),
  }),
  z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
]);

/** A PromQL server as a source. */
export type PromqlSource = Extract<CounterSource, { kind: "promql" }>;

/** The latest counters of every process that `selector` matches; a string says why there are none. Never throws. */
export async function askPromql(
  source: PromqlSource,
  counters: ReadOptions,
  ask: AskOptions,
): Promise<Readings | string> {
  const address = new URL(`${source.url.replace(/\/+$/, "")}/api/v1/query`);
  address.searchParams.set("query", instantQuery(source.selector, counters));
  const { authorization } = source;
  const headers = authorization === undefined ? {} : { authorization };
  const bounds = { ...ask, maxBytes: MAX_BYTES, accept: "application/json" };
  const result = await getWith(address.href, bounds, { agent: false, headers });
  const samples = parseAnswer(result);
  if (typeof samples === "string") return `the PromQL server ${samples}`;
  const readings = new Map<string, Reading | string>();
  for (const [instance, own] of byInstance(samples)) {
    const reading = readRequests(own, counters);
    // What else the selector matches (a sidecar, an exporter) counts no requests.
    if (!reading.missing) readings.set(instance, reading);
  }
  return readings.size > 0 ? readings : `the PromQL server ${noSeries(source, counters)}`;
}

/** All series of the app in one query. */
export function instantQuery(selector: string, counters: ReadOptions): string {
  const names = metricNames(counters).map((name) => name.replace(/[^\w:]/g, ""));
  const own = selector.trim().replace(/^\{|\}$/g, "");
  return `{__name__=~"${names.join("|")}"${own === "" ? "" : `,${own}`}}`;
}

function noSeries({ selector }: PromqlSource, { requestMetric }: ReadOptions): string {
  return `has no ${requestMetric ?? "http_requests_total"} of {${selector}}`;
}

function parseAnswer(result: HttpResult): readonly Sample[] | string {
  if (!result.ok) return `could not be asked: ${result.detail}`;
  let body: unknown;
  try {
    body = JSON.parse(result.body);
  } catch {
    return `answers ${result.status}, and no JSON`;
  }
  const parsed = AnswerSchema.safeParse(body);
  if (!parsed.success) return `answers ${result.status}, and not as Prometheus does`;
  if (parsed.data.status === "error") {
    return `refuses the query (${parsed.data.errorType}): ${parsed.data.error.slice(0, 200)}`;
  }
  return parsed.data.data.result.map(({ metric: { __name__: name = "", ...labels }, value }) => ({
    name,
    labels,
    value: parseValue(value[1]),
  }));
}

/** `NaN`, `+Inf` and `-Inf` are values, too. */
function parseValue(text: string): number {
  const infinity = /^([+-]?)Inf$/.exec(text);
  if (infinity) return infinity[1] === "-" ? -Infinity : Infinity;
  return Number(text);
}

function byInstance(samples: readonly Sample[]): ReadonlyMap<string, readonly Sample[]> {
  const found = new Map<string, Sample[]>();
  for (const sample of samples) {
    const instance = INSTANCE_LABELS.map((label) => sample.labels[label] ?? "")
      .filter(Boolean)
      .join("/");
    const own = found.get(instance);
    if (own) own.push(sample);
    else found.set(instance, [sample]);
  }
  return found;
}
