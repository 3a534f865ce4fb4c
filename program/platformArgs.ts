// From config to what the stack's platform is made with.
import { join } from "node:path";
import type { PlatformArgs } from "../components/platforms/choosePlatform.ts";
import type { KubernetesArgs, MigrationsSource } from "../components/platforms/kubernetes/args.ts";
import { defaultName, defaultNamespace } from "../config/clusterNames.ts";
import type { KubernetesConfig } from "../config/kubernetesConfig.ts";
import { storeEnvironment } from "../engine/backup/store.ts";
import type { StackConfig } from "./readConfig.ts";

/**
 * The arguments of the platform that `config` names; on kubernetes this packs the migrations.
 * @throws LockstepError MIGRATION_FILES where they are too large for a ConfigMap.
 */
export async function platformArgs(config: StackConfig): Promise<PlatformArgs> {
  const { platform } = config;
  const { store } = config.backup;
  if (platform.kind === "local") return { ...platform, ...(store && { backupStore: store }) };
  return kubernetesArgs(config, platform);
}

async function kubernetesArgs(
  config: StackConfig,
  platform: KubernetesConfig,
): Promise<KubernetesArgs> {
  const { project, stack, environment, backup } = config;
  const { kubeconfig, context, namespace } = platform;
  const { runnerImage, imagePullSecrets, jobs, app, service, database } = platform;
  const shared = { runnerImage, imagePullSecrets, jobs, app, service, database };
  return {
    kind: "kubernetes",
    project,
    stack,
    cluster: {
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
      namespace: namespace.name ?? defaultNamespace({ project, stack }),
    },
    name: platform.name ?? defaultName({ project }),
    createNamespace: namespace.create,
    disposable: environment === "dev",
    requireTls: environment === "prod",
    ...shared,
    migrations: await migrationsSource(config, platform),
    // Without a step that takes one there is nothing to keep, unless the config names a place for it.
    backups:
      (backup.before.length > 0 || platform.backups.kind === "claim") &&
      backup.store?.bucket === undefined
        ? platform.backups
        : undefined,
    ...(backup.store && { backupEnvironment: storeEnvironment(backup.store) }),
  };
}

async function migrationsSource(
  { migrations, root }: StackConfig,
  { migrationsImage }: KubernetesConfig,
): Promise<MigrationsSource> {
  if (migrationsImage !== undefined) return { kind: "image", image: migrationsImage };
  // What it needs to pack is loaded here only: a local stack starts without it.
  const { packMigrations } = await import("../engine/sources/packMigrations.ts");
  return { kind: "archive", ...(await packMigrations(join(root, migrations.dir))) };
}
