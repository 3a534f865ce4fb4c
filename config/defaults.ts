// What a stack gets where its config says nothing, by kind of environment.
import type { GateSettings } from "../provider/schema.ts";
import { toMs } from "./duration.ts";
import type { Environment } from "./environment.ts";

/** A gate's defaults; the paths that probes ask for default to the app's health path. */
export type GateDefaults = Omit<GateSettings, "probePaths">;

/**
 * Dev: an answer within seconds, from the gate's own probes. Prod: requirement D4's check each 30 s,
 * 3 failures, 5 %, watched for 10 minutes (C8) on real traffic only. Staging lies between.
 */
export const GATE_DEFAULTS: Readonly<Record<Environment, GateDefaults>> = {
  dev: {
    intervalMs: toMs("2s"),
    watchMs: toMs("10s"),
    errorRateLimit: 0.05,
    failures: 3,
    minRequests: 20,
    probesPerSecond: 20,
  },
  staging: {
    intervalMs: toMs("10s"),
    watchMs: toMs("2m"),
    errorRateLimit: 0.05,
    failures: 3,
    minRequests: 50,
    probesPerSecond: 10,
  },
  prod: {
    intervalMs: toMs("30s"),
    watchMs: toMs("10m"),
    errorRateLimit: 0.05,
    failures: 3,
    minRequests: 100,
    probesPerSecond: 0,
  },
};

/** How long nothing old may be seen before contract, ms. */
export const DRAIN_QUIET_MS: Readonly<Record<Environment, number>> = {
  dev: toMs("2s"),
  staging: toMs("10s"),
  prod: toMs("30s"),
};

/** Defaults that are the same everywhere; times in ms. */
export const DEFAULTS = {
  migrationsDir: "migrations",
  /** Requirement A2: 30 tries, 2 s apart. */
  wait: { attempts: 30, intervalMs: toMs("2s") },
  lockBudgetMs: toMs("10m"),
  leaseWaitMs: toMs("10m"),
  drainTimeoutMs: toMs("10m"),
  backupMaxAgeMs: toMs("1h"),
  backupBefore: ["contract"],
  app: { healthPath: "/health", metricsPath: "/metrics", startTimeoutMs: toMs("30s") },
} as const;
