// A look at an app from outside: which address, which thresholds.
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { HealthQuestion } from "../engine/health/checkOnce.ts";
import { DEFAULT_GATE_SETTINGS, type GateSettings } from "../engine/health/settings.ts";

/** What every look at an app takes. */
export interface LookOptions {
  /** Where the app answers, without a path. */
  readonly url: string;
  readonly healthPath: string;
  readonly metricsPath: string;
  readonly probes: number;
  readonly probePath: readonly string[];
  readonly minRequests: number;
  /** 0 to 1 */
  readonly errorRate: number;
  readonly release?: string;
}

/** What a watch takes beside. */
export interface WatchSettings {
  /** ms */
  readonly interval: number;
  /** ms; until Ctrl-C when missing. */
  readonly watch?: number;
  readonly failures: number;
}

/**
 * What a look at the app asks, over `windowMs`.
 * @throws LockstepError USAGE for an address that is no HTTP URL.
 */
export function appQuestion(
  options: LookOptions,
  windowMs: number,
  signal: AbortSignal,
): HealthQuestion {
  return {
    healthUrl: appUrl(options.url, options.healthPath),
    metricsUrl: appUrl(options.url, options.metricsPath),
    ...(options.release === undefined ? {} : { release: options.release }),
    windowMs,
    settings: appSettings(options),
    signal,
  };
}

/** The gate's settings with what the options say. */
export function appSettings(options: LookOptions & Partial<WatchSettings>): GateSettings {
  return {
    ...DEFAULT_GATE_SETTINGS,
    errorRateLimit: options.errorRate,
    minRequests: options.minRequests,
    probesPerSecond: options.probes,
    probePaths: options.probePath,
    ...(options.interval === undefined ? {} : { intervalMs: options.interval }),
    ...(options.watch === undefined ? {} : { watchMs: options.watch }),
    ...(options.failures === undefined ? {} : { failures: options.failures }),
  };
}

function appUrl(base: string, path: string): string {
  if (URL.canParse(base) && /^https?:/.test(base)) return new URL(path, base).href;
  throw new LockstepError("USAGE", "The app's address is no HTTP URL", {
    seen: base,
    next: "lockstep health check --url http://127.0.0.1:3000",
  });
}
