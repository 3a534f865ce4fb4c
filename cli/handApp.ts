// The app that a rollback by hand is about: by the stack's config and the options, on this machine or in a cluster.
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
  if (isCluster) return findInCluster(options, file);
  const { findLocalApp } = await import("../engine/rollback/localHandApp.ts");
  const project = await projectName(cwd);
  if (project === undefined) return undefined;
  const { process } = options;
  return findLocalApp({ project, stack, ...(process !== undefined && { process }) });
}

async function findInCluster(options: HandAppOptions, file: StackFile | undefined) {
  const namespace = options.namespace ?? textAt(file, "kubernetes", "namespace", "name");
  const deployment = options.deployment ?? textAt(file, "kubernetes", "name");
  if (namespace === undefined || deployment === undefined) {
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
      namespace,
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    },
    deployment,
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
