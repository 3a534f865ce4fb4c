// The app that a rollback by hand is about: by the stack's config and the options, on this machine or in a cluster.
import { defaultName, defaultNamespace } from "../config/clusterNames.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { HandApp } from "../engine/rollback/handRollback.ts";
import { projectName } from "./backupFolder.ts";
import type { CommandContext } from "./context.ts";
import { configValue, readStackFile, type StackFile } from "./stackFile.ts";

/** Options that name the app. */
export interface HandAppOptions {
  readonly stack: string;
  readonly process?: string;
  readonly deployment?: string;
  readonly namespace?: string;
  readonly context?: string;
}

/** What tells an app in a cluster. */
export interface InCluster {
  readonly options: HandAppOptions;
  readonly file: StackFile | undefined;
  /** The `name` in Pulumi.yaml. */
  readonly project: string | undefined;
}

/** How long a rollout in a cluster may take where the stack does not say, ms: as its config's default. */
const ROLLOUT_TIMEOUT_MS = 600_000;
const HEALTH_PATH = "/health";

/**
 * The stack's app; undefined where this machine knows of none.
 * @throws LockstepError USAGE where nothing says which Deployment it is; CONFIG, CLUSTER.
 */
export async function findHandApp(
  options: HandAppOptions,
  { cwd }: Pick<CommandContext, "cwd">,
): Promise<HandApp | undefined> {
  const { stack } = options;
  const file = await readStackFile(cwd, stack);
  const isCluster = options.deployment !== undefined || textAt(file, "platform") === "kubernetes";
  const project = await projectName(cwd);
  if (isCluster) return findInCluster({ options, file, project });
  const { findLocalApp } = await import("../engine/rollback/localHandApp.ts");
  if (project === undefined) return undefined;
  const { process } = options;
  return findLocalApp({ project, stack, ...(process !== undefined && { process }) });
}

/** Where an app in a cluster is. */
export interface ClusterPlace {
  readonly namespace: string;
  readonly deployment: string;
}

/** By the options, else by the stack's config, else as its program names both; undefined where there is neither. */
export function clusterPlace({ options, file, project }: InCluster): ClusterPlace | undefined {
  const named = project !== undefined && file ? { project, stack: options.stack } : undefined;
  const namespace =
    options.namespace ??
    textAt(file, "kubernetes", "namespace", "name") ??
    (named && defaultNamespace(named));
  const deployment =
    options.deployment ?? textAt(file, "kubernetes", "name") ?? (named && defaultName(named));
  return namespace === undefined || deployment === undefined
    ? undefined
    : { namespace, deployment };
}

async function findInCluster(app: InCluster) {
  const { options, file } = app;
  const place = clusterPlace(app);
  if (!place) {
    throw new LockstepError(
      "USAGE",
      "The stack's config does not say which Deployment is the app",
      {
        where: file?.name ?? "no stack's config here",
        next: "lockstep rollback --app --namespace NAMESPACE --deployment NAME; kubectl get deployments -A shows them",
      },
    );
  }
  const { findClusterApp } = await import("../engine/rollback/clusterHandApp.ts");
  const kubeconfig = textAt(file, "kubernetes", "kubeconfig");
  const context = options.context ?? textAt(file, "kubernetes", "context");
  return findClusterApp({
    cluster: {
      namespace: place.namespace,
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    },
    deployment: place.deployment,
    healthPath: textAt(file, "app", "healthPath") ?? HEALTH_PATH,
    rolloutTimeoutMs: ROLLOUT_TIMEOUT_MS,
  });
}

/** A text in the stack's config; what is encrypted or of another form is none. */
function textAt(
  file: StackFile | undefined,
  key: string,
  ...path: readonly string[]
): string | undefined {
  if (!file) return undefined;
  let value: unknown = configValue(file, `lockstep:${key}`);
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return typeof value === "string" ? value : undefined;
}
