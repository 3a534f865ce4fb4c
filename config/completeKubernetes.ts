// Completes the block `lockstep:kubernetes` with the environment's defaults.
import { REPLICAS, KUBERNETES_DEFAULTS as DEFAULTS } from "./defaults.ts";
import type { Environment } from "./environment.ts";
import type { BackupsConfig, KubernetesConfig, PodsConfig } from "./kubernetesConfig.ts";
import type { WrittenConfig } from "./schema.ts";

type Written = NonNullable<WrittenConfig["kubernetes"]>;

/** The block as the program uses it. */
export function completeKubernetes(
  written: Written,
  context: { readonly environment: Environment; readonly fill: (text: string) => string },
): KubernetesConfig {
  const { namespace, jobs, service, database } = written;
  return {
    kind: "kubernetes",
    kubeconfig: written.kubeconfig,
    context: written.context,
    name: written.name,
    namespace: { name: namespace?.name, create: namespace?.create ?? true },
    runnerImage: written.runnerImage,
    migrationsImage: written.migrationsImage && context.fill(written.migrationsImage),
    imagePullSecrets: written.imagePullSecrets ?? [],
    jobs: {
      resources: jobs?.resources ?? DEFAULTS.jobs.resources,
      deadlineMs: jobs?.deadline ?? DEFAULTS.jobs.deadlineMs,
      keep: jobs?.keep ?? DEFAULTS.jobs.keep,
      podTemplate: jobs?.podTemplate,
    },
    app: completePods(written.app, context.environment),
    service: {
      port: service?.port ?? DEFAULTS.service.port,
      type: service?.type ?? DEFAULTS.service.type,
    },
    database: {
      image: database?.image ?? DEFAULTS.database.image,
      storage: database?.storage ?? DEFAULTS.database.storage,
      storageClass: database?.storageClass,
      resources: database?.resources ?? DEFAULTS.database.resources,
    },
    backups: completeBackups(written.backups),
  };
}

function completePods(app: Written["app"], environment: Environment): PodsConfig {
  const budget = app?.disruptionBudget ?? DEFAULTS.app.disruptionBudget;
  return {
    replicas: app?.replicas ?? REPLICAS[environment],
    resources: app?.resources ?? DEFAULTS.app.resources,
    rolloutTimeoutMs: app?.rolloutTimeout ?? DEFAULTS.app.rolloutTimeoutMs,
    preStopMs: app?.preStop ?? DEFAULTS.app.preStopMs,
    stopTimeoutMs: app?.stopTimeout ?? DEFAULTS.app.stopTimeoutMs,
    maxUnavailable: budget === "none" ? undefined : budget,
    readOnlyRoot: app?.readOnlyRoot ?? true,
    podTemplate: app?.podTemplate,
  };
}

function completeBackups(backups: Written["backups"]): BackupsConfig {
  if (backups?.claim !== undefined) return { kind: "claim", claim: backups.claim };
  const storage = backups?.storage ?? DEFAULTS.backups.storage;
  return { kind: "own", storage, storageClass: backups?.storageClass };
}
