// Completes a checked config with the environment's defaults.
import { DEFAULT_MAINTENANCE_WAIT_MS } from "../engine/maintenance/policy.ts";
import { NOTICE_KINDS } from "../engine/notices/notice.ts";
import { DEFAULT_RISK_POLICY, type RiskPolicy } from "../engine/plan/riskPolicy.ts";
import type { FolderSpec } from "../engine/sources/migration.ts";
import type { ApprovalInput } from "../provider/schema.ts";
import { completeKeep } from "./backupKeep.ts";
import { completeProvider, completeStore } from "./backupStore.ts";
import { completeGate } from "./completeGate.ts";
import { completeKubernetes } from "./completeKubernetes.ts";
import { completeSoak } from "./completeSoak.ts";
import type {
  AppConfig,
  ArtifactConfig,
  BackfillConfig,
  Config,
  DatabaseConfig,
} from "./config.ts";
import { DEFAULTS, DRAIN_QUIET_MS } from "./defaults.ts";
import type { Environment } from "./environment.ts";
import { NO_STACK } from "./noStack.ts";
import type { WrittenConfig } from "./schema.ts";

/** The config as the program uses it. */
export function completeConfig(written: WrittenConfig, environment: Environment): Config {
  const { release, target, drain } = written;
  const soak = completeSoak(written.soak, environment);
  const fill = (text: string) => text.replaceAll("${release}", release);
  const app = completeApp(written.app, fill);
  const gateLogin = written.gate?.promql?.authorization;
  const platform =
    written.platform === "kubernetes" && written.kubernetes
      ? completeKubernetes(written.kubernetes, { environment, fill })
      : ({ kind: "local" } as const);
  return {
    environment,
    promoteFrom: written.promoteFrom === NO_STACK ? undefined : written.promoteFrom,
    release,
    target: typeof target === "object" ? target[release] : target,
    platform,
    database: completeDatabase(written.database, platform.kind),
    migrations: { ...folderOf(written.migrations), ...(soak && { soak }) },
    app,
    gate: completeGate(written.gate, { environment, healthPath: app.healthPath }),
    ...(gateLogin !== undefined && { gateLogin }),
    wait: {
      attempts: written.wait?.attempts ?? DEFAULTS.wait.attempts,
      intervalMs: written.wait?.interval ?? DEFAULTS.wait.intervalMs,
    },
    lockBudgetMs: written.lock?.budget ?? DEFAULTS.lockBudgetMs,
    ...(written.lock?.cancelIdle !== undefined && { lockCancelIdleMs: written.lock.cancelIdle }),
    leaseWaitMs: written.lease?.wait ?? DEFAULTS.leaseWaitMs,
    ...(written.lease?.leftovers !== undefined && { leaseLeftovers: written.lease.leftovers }),
    backfill: completeBackfill(written.backfill),
    lintRules: written.lint?.rules ?? {},
    drift: { refuse: written.drift?.found === "refuse", ignore: written.drift?.ignore ?? [] },
    rehearsalRequired: written.rehearsal?.required ?? false,
    ...(written.rehearsal?.url !== undefined && { rehearsalUrl: written.rehearsal.url }),
    ...(written.replicas && {
      replicas: {
        urls: written.replicas.urls,
        timeoutMs: written.replicas.timeout ?? DEFAULTS.replicaTimeoutMs,
      },
    }),
    risk: completeRisk(written.risk),
    ...completeMaintenance(written.maintenance),
    drain: {
      quietMs: drain?.quiet ?? DRAIN_QUIET_MS[environment],
      timeoutMs: drain?.timeout ?? DEFAULTS.drainTimeoutMs,
      allowed: drain?.allowed ?? [],
      ...(drain?.fence !== undefined && { fence: drain.fence }),
    },
    backup: {
      maxAgeMs: written.backup?.maxAge ?? DEFAULTS.backupMaxAgeMs,
      before: written.backup?.before ?? DEFAULTS.backupBefore,
      ...(written.backup?.keep && { keep: completeKeep(written.backup.keep) }),
      ...(written.backup?.checksums !== undefined && { checksums: written.backup.checksums }),
      ...(written.backup?.proof && { proof: written.backup.proof }),
      ...(written.backup?.proofOnTarget && { proofOnTarget: true }),
      ...completeProvider(written.backup),
      ...completeStore(written.backup),
    },
    notices: completeNotices(written.notices),
    consent: {
      ...(written.approval && { approval: completeApproval(written.approval) }),
      ...(written.expandApproval && {
        expandApproval: completeApproval(written.expandApproval),
      }),
      ...(written.allowRetry !== undefined && { allowRetry: written.allowRetry }),
      ...(written.planDigest !== undefined && { planDigest: written.planDigest }),
    },
  };
}

function completeNotices(written: WrittenConfig["notices"] = []): Config["notices"] {
  return written.map(({ url, kind, secret, on = NOTICE_KINDS }) => ({
    ...{ url, kind, on },
    ...(secret !== undefined && { secret }),
  }));
}

function folderOf(written: WrittenConfig["migrations"]): FolderSpec {
  if (typeof written !== "object") return { dir: written ?? DEFAULTS.migrationsDir };
  const { dir = DEFAULTS.migrationsDir, format, placeholders } = written;
  return { dir, ...(format && { format }), ...(placeholders && { placeholders }) };
}

function completeBackfill(written: WrittenConfig["backfill"]): BackfillConfig {
  const { target, maxReplicaLag, maxActive } = written ?? {};
  return {
    ...(target !== undefined && { targetMs: target }),
    ...(maxReplicaLag !== undefined && { maxReplicaLagMs: maxReplicaLag }),
    ...(maxActive !== undefined && { maxActive }),
  };
}

function completeDatabase(
  database: WrittenConfig["database"],
  platform: Config["platform"]["kind"],
): DatabaseConfig {
  if (database?.url !== undefined) {
    const { url, directUrl } = database;
    return { kind: "external", url, ...(directUrl !== undefined && { directUrl }) };
  }
  if (database?.secret !== undefined) {
    const { name, key, directKey } = database.secret;
    return { kind: "secret", name, key, ...(directKey !== undefined && { directKey }) };
  }
  if (platform === "kubernetes") return { kind: "inCluster" };
  return { kind: "embedded", port: database?.embedded?.port };
}

function completeApp(app: WrittenConfig["app"], fill: (text: string) => string): AppConfig {
  const env = Object.entries(app.env ?? {}).map(([name, value]) => [name, fill(value)] as const);
  return {
    artifact: completeArtifact(app, fill),
    port: app.port,
    healthPath: app.healthPath ?? DEFAULTS.app.healthPath,
    metricsPath: app.metricsPath ?? DEFAULTS.app.metricsPath,
    env: Object.fromEntries(env),
    secretEnv: app.secretEnv ?? {},
    startTimeoutMs: app.startTimeout ?? DEFAULTS.app.startTimeoutMs,
  };
}

function completeArtifact(
  { image, dir, files, command }: WrittenConfig["app"],
  fill: (text: string) => string,
): ArtifactConfig {
  if (image !== undefined) {
    return { kind: "image", image: fill(image), command: command?.map(fill) };
  }
  // Without an image both are there: crossFaults has seen to it.
  return {
    kind: "tree",
    dir: fill(dir ?? ""),
    files: files?.map(fill),
    command: command?.map(fill) ?? [],
  };
}

function completeMaintenance(written: WrittenConfig["maintenance"]): Pick<Config, "maintenance"> {
  const {
    during = "none",
    keepOnFailure = false,
    wait = DEFAULT_MAINTENANCE_WAIT_MS,
  } = written ?? {};
  return during === "none" ? {} : { maintenance: { during, keepOnFailure, waitMs: wait } };
}

function completeRisk(written: WrittenConfig["risk"] = {}): RiskPolicy {
  const defaults = DEFAULT_RISK_POLICY;
  return {
    mode: written.mode ?? defaults.mode,
    review: written.review ?? defaults.review,
    approve: written.approve ?? defaults.approve,
    adviseBackup: written.adviseBackup ?? defaults.adviseBackup,
    backup: written.backup ?? defaults.backup,
  };
}

function completeApproval(approval: NonNullable<WrittenConfig["approval"]>): ApprovalInput {
  const { reason, fingerprint, ...rest } = approval;
  return { ...rest, ...(reason !== undefined && { reason }), ...(fingerprint && { fingerprint }) };
}
