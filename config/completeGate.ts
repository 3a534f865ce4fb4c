// Completes the gate's block with the environment's defaults.
import type { GateLimits } from "../engine/health/limits.ts";
import type { CounterSource, GateSettings } from "../engine/health/settings.ts";
import { GATE_DEFAULTS } from "./defaults.ts";
import type { Environment } from "./environment.ts";
import type { WrittenGate } from "./gateSchema.ts";

/** What the block is completed from. */
export interface GateSurroundings {
  readonly environment: Environment;
  readonly healthPath: string;
}

/** The settings as the engine takes them; a login is kept apart from them. */
export function completeGate(
  gate: WrittenGate | undefined,
  around: GateSurroundings,
): GateSettings {
  const defaults = GATE_DEFAULTS[around.environment];
  const warmUpMs = gate?.warmUp ?? defaults.warmUpMs;
  const limits = completeLimits(gate ?? {});
  const counters = gate && completeCounters(gate, around);
  const { requestMetric, latencyMetric, baseline, baselineFactor } = gate ?? {};
  return {
    intervalMs: gate?.interval ?? defaults.intervalMs,
    watchMs: gate?.watch ?? defaults.watchMs,
    errorRateLimit: gate?.errorRate ?? defaults.errorRateLimit,
    failures: gate?.failures ?? defaults.failures,
    minRequests: gate?.minRequests ?? defaults.minRequests,
    probesPerSecond: gate?.probesPerSecond ?? defaults.probesPerSecond,
    probePaths: gate?.probePaths ?? [around.healthPath],
    ...(warmUpMs !== undefined && { warmUpMs }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(counters && { counters }),
    ...(requestMetric !== undefined && { requestMetric }),
    ...(latencyMetric !== undefined && { latencyMetric }),
    ...(baseline !== undefined && { baseline }),
    ...(baselineFactor !== undefined && { baselineFactor }),
  };
}

function completeLimits(gate: WrittenGate): GateLimits {
  const { p50, p95, p99, cpu, memory, connections, databaseErrors } = gate;
  return {
    ...(p50 !== undefined && { p50Ms: p50 }),
    ...(p95 !== undefined && { p95Ms: p95 }),
    ...(p99 !== undefined && { p99Ms: p99 }),
    ...(cpu !== undefined && { cpuCores: cpu }),
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(connections !== undefined && { connections }),
    ...(databaseErrors !== undefined && { databaseErrors }),
  };
}

function completeCounters(
  { source, promql, json }: WrittenGate,
  { healthPath }: GateSurroundings,
): CounterSource | undefined {
  if (source === "promql" && promql) {
    return { kind: "promql", url: promql.url, selector: promql.selector };
  }
  if (source === "json" && json) {
    const { path = healthPath, total, failed, ...rest } = json;
    const told = Object.entries(rest).filter(([, value]) => value !== undefined);
    return { kind: "json", path, fields: { total, failed, ...Object.fromEntries(told) } };
  }
  return source === "probes" ? { kind: "probes" } : undefined;
}
