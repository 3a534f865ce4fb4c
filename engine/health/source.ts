// Where a gate's observations come from: one address, or every instance of a release.
import { LockstepError } from "../errors/lockstepError.ts";
import { httpGet, type HttpGet } from "./httpGet.ts";
import type { InstanceHealth } from "./judge.ts";
import { askHealth, askMetrics, type AskOptions } from "./observe.ts";
import type { ReadOptions } from "./requests.ts";
import type { UsageSample } from "./vitals.ts";
import type { Readings } from "./window.ts";

/** What a gate asks an app. None of it throws for what the app does. */
export interface AppSource {
  /** Each instance's health; at least one entry. */
  readonly askHealth: (ask: AskOptions) => Promise<readonly InstanceHealth[]>;
  /** Each instance's request counters; a string says why there are none at all. */
  readonly askMetrics: (counters: ReadOptions, ask: AskOptions) => Promise<Readings | string>;
  /**
   * What each instance's processes take; a string says why that is not to be seen. Where it is missing or
   * says nothing, the app's own `process_…` metrics stand in.
   */
  readonly askUsage?: (ask: AskOptions) => Promise<readonly UsageSample[] | string>;
  /** One GET of a path of the app, from any instance. */
  readonly get: HttpGet;
}

/** Where one app, or what balances its instances, answers. */
export interface Target {
  /** Answers 2xx when the app is well, with `{"release": "<LOCKSTEP_RELEASE>"}` or the header. */
  readonly healthUrl: string;
  /** Prometheus text; without it only the gate's own probes are counted. */
  readonly metricsUrl?: string | undefined;
}

/** The one instance of a source that has only one. */
const ONLY = "app";

/**
 * The app behind an address.
 * @throws LockstepError CONFIG where an address is no HTTP URL.
 */
export function urlSource(target: Target, get: HttpGet = httpGet): AppSource {
  const { healthUrl, metricsUrl } = target;
  ensureUrls(healthUrl, metricsUrl);
  return {
    askHealth: async (ask) => [{ health: await askHealth(get, healthUrl, ask) }],
    askMetrics: async (counters, ask) => {
      if (metricsUrl === undefined) return "no metrics endpoint is configured";
      const addresses = { healthUrl, metricsUrl };
      return new Map([[ONLY, await askMetrics(get, addresses, { ...ask, counters })]]);
    },
    get: (path, options) => get(new URL(path, healthUrl).href, options),
  };
}

function ensureUrls(...urls: readonly (string | undefined)[]): void {
  for (const url of urls) {
    if (url === undefined || (URL.canParse(url) && /^https?:/.test(url))) continue;
    throw new LockstepError("CONFIG", "The health gate was given an address that is no HTTP URL.", {
      seen: url,
      next: "correct the app's health and metrics paths in the stack's config",
    });
  }
}
