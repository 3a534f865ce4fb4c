// What a stack gets where its config says nothing, by kind of environment.
import type { RiskBound } from "../engine/plan/riskPolicy.ts";
import type { GateSettings } from "../provider/schema.ts";
import { toMs } from "./duration.ts";
import type { Environment } from "./environment.ts";

/** A gate's defaults; the paths that probes ask for default to the app's health path. No warm-up where none is named. */
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
    warmUpMs: toMs("30s"),
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

/** From which risk on what contract drops can still be given back (ENGINE.md rule 22). */
export const SOAK_FROM: Readonly<Record<Environment, RiskBound>> = {
  dev: "none",
  staging: "none",
  prod: "very high",
};
/** A week, in ms: what is used once a week has then been missed. */
export const SOAK_TIME_MS = toMs("7d");

/** Defaults that are the same everywhere; times in ms. */
export const DEFAULTS = {
  migrationsDir: "migrations",
  /** Requirement A2: 30 tries, 2 s apart. */
  wait: { attempts: 30, intervalMs: toMs("2s") },
  lockBudgetMs: toMs("10m"),
  leaseWaitMs: toMs("10m"),
  drainTimeoutMs: toMs("10m"),
  replicaTimeoutMs: toMs("10m"),
  backupMaxAgeMs: toMs("1h"),
  backupBefore: ["contract"],
  app: { healthPath: "/health", metricsPath: "/metrics", startTimeoutMs: toMs("30s") },
} as const;

/** The app's pods on a cluster: one is enough to try, two survive a node's loss. */
export const REPLICAS: Readonly<Record<Environment, number>> = { dev: 1, staging: 2, prod: 2 };

/** What a stack on a cluster gets; times in ms. Limits on memory only: a limit on CPU slows what runs. */
export const KUBERNETES_DEFAULTS = {
  jobs: {
    // A backup's proof starts a scratch server in the Job.
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    // Long enough for a backfill or an index of a big table; one that hangs does not hold its lease for days.
    deadlineMs: toMs("4h"),
    keep: 3,
  },
  app: {
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    rolloutTimeoutMs: toMs("10m"),
    // Endpoints are taken out of load balancers within seconds of a pod's end, not at once.
    preStopMs: toMs("5s"),
    // Kubernetes' own default.
    stopTimeoutMs: toMs("30s"),
    disruptionBudget: 1,
  },
  service: { port: 80, type: "ClusterIP" },
  database: {
    // The major that the runner's tools are of.
    image: "docker.io/library/postgres:18",
    storage: "1Gi",
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
  },
  backups: { storage: "10Gi" },
} as const;
