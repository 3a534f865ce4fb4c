// Puts the source of request counters that the settings name in place of the app's metrics endpoint.
import { askPromql } from "./promql.ts";
import type { ReadOptions } from "./requests.ts";
import type { CounterSource, GateSettings } from "./settings.ts";
import type { AppSource, Target } from "./source.ts";

/** `source` with its counters from where `settings` say; health and probes stay the app's own. */
export function withCounters(
  source: AppSource,
  { counters }: Pick<GateSettings, "counters">,
): AppSource {
  if (counters?.kind !== "promql") return source;
  const { askUsage } = source;
  return {
    askHealth: (ask) => source.askHealth(ask),
    askMetrics: (options: ReadOptions, ask) => askPromql(counters, options, ask),
    ...(askUsage && { askUsage }),
    get: source.get,
  };
}

/** The path that is read for counters: the metrics endpoint's, or the JSON document's. */
export function counterPath(metricsPath: string, counters: CounterSource | undefined): string {
  return counters?.kind === "json" ? counters.path : metricsPath;
}

/** The same for addresses. */
export function counterPaths(target: Target, { counters }: Pick<GateSettings, "counters">): Target {
  if (counters?.kind !== "json") return target;
  return { ...target, metricsUrl: new URL(counters.path, target.healthUrl).href };
}
