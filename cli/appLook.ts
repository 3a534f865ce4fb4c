// A look at an app from outside: which address, which thresholds.
import { parseTarget } from "../engine/drivers/postgres/target.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { HealthQuestion } from "../engine/health/checkOnce.ts";
import { lookOnce } from "../engine/health/databaseLook.ts";
import type { GateLimits } from "../engine/health/limits.ts";
import {
  DEFAULT_GATE_SETTINGS,
  type CounterSource,
  type GateSettings,
  type JsonFields,
} from "../engine/health/settings.ts";
import type { AskDatabase } from "../engine/health/vitalsLook.ts";
import type { CommandContext } from "./context.ts";

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
  /** Response times, ms. */
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  /** Processors that the app keeps busy. */
  readonly cpu?: number;
  /** Bytes that it takes. */
  readonly memory?: number;
  readonly requestMetric?: string;
  readonly latencyMetric?: string;
  /** A PromQL server's address. */
  readonly promql?: string;
  readonly selector?: string;
  /** A JSON document of the app, and where in it what is: `name=path`. */
  readonly counters?: string;
  readonly field?: JsonFields;
  /** Counts nothing but own requests. */
  readonly onlyProbes?: boolean;
  /** Looks at the database of DATABASE_URL, too. */
  readonly withDatabase?: boolean;
  /** A share, 0 to 1. */
  readonly connections?: number;
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
  context: Pick<CommandContext, "env" | "signal">,
): HealthQuestion {
  return {
    healthUrl: appUrl(options.url, options.healthPath),
    metricsUrl: appUrl(options.url, options.metricsPath),
    ...(options.release === undefined ? {} : { release: options.release }),
    windowMs,
    settings: appSettings(options, context.env),
    signal: context.signal,
    ...(wantsDatabase(options) && { askDatabase: askDatabaseOf(context) }),
  };
}

function wantsDatabase({ withDatabase, connections }: LookOptions): boolean {
  return withDatabase === true || connections !== undefined;
}

function askDatabaseOf({ env }: Pick<CommandContext, "env">): AskDatabase {
  const target = parseTarget(env);
  return (ask) => lookOnce(target, { ...ask, applicationName: "lockstep:health" });
}

/**
 * Where requests are counted. The login for a PromQL server comes from the environment, as all secrets do.
 * @throws LockstepError USAGE where options contradict each other.
 */
function countersOf(
  { promql, selector, counters, field, onlyProbes }: LookOptions,
  env: CommandContext["env"],
): CounterSource | undefined {
  const given = [promql !== undefined, counters !== undefined, onlyProbes === true];
  if (given.filter(Boolean).length > 1)
    throw usage("--promql, --counters and --only-probes are each a source of their own");
  if (onlyProbes === true) return { kind: "probes" };
  if (promql !== undefined) {
    if (selector === undefined) throw usage("--promql needs --selector, such as 'job=\"shop\"'");
    const { LOCKSTEP_PROMQL_AUTHORIZATION: authorization } = env;
    const login = authorization === undefined ? {} : { authorization };
    return { kind: "promql", url: appUrl(promql, ""), selector, ...login };
  }
  if (counters === undefined) return undefined;
  const fields = { ...field };
  if (!fields.total || !fields.failed)
    throw usage("--counters needs --field total=PATH and --field failed=PATH");
  return {
    kind: "json",
    path: counters,
    fields: { ...fields, total: fields.total, failed: fields.failed },
  };
}

function limitsOf({ p50, p95, p99, cpu, memory, connections }: LookOptions): GateLimits {
  return {
    ...(p50 !== undefined && { p50Ms: p50 }),
    ...(p95 !== undefined && { p95Ms: p95 }),
    ...(p99 !== undefined && { p99Ms: p99 }),
    ...(cpu !== undefined && { cpuCores: cpu }),
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(connections !== undefined && { connections }),
  };
}

function usage(seen: string): LockstepError {
  return new LockstepError("USAGE", "The options do not say where requests are counted", {
    seen,
    next: "lockstep health check --help",
  });
}

/**
 * The gate's settings with what the options say.
 * @throws LockstepError USAGE where options contradict each other.
 */
export function appSettings(
  options: LookOptions & Partial<WatchSettings>,
  env: CommandContext["env"],
): GateSettings {
  const counters = countersOf(options, env);
  const { requestMetric, latencyMetric } = options;
  return {
    ...DEFAULT_GATE_SETTINGS,
    errorRateLimit: options.errorRate,
    minRequests: options.minRequests,
    probesPerSecond: options.probes,
    probePaths: options.probePath,
    limits: limitsOf(options),
    ...(counters && { counters }),
    ...(requestMetric === undefined ? {} : { requestMetric }),
    ...(latencyMetric === undefined ? {} : { latencyMetric }),
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
