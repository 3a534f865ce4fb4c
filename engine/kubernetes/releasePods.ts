// One release's Deployment and pods: what a gate, a rollback and a drain are told to look after.
import type { Cluster } from "./client.ts";
import { readDeployment, type Deployment } from "./deployment.ts";
import { isOver, isTerminating, listPods, type Pod } from "./pods.ts";

/** An app in a cluster. */
export interface ClusterApp {
  readonly cluster: Cluster;
  readonly deployment: string;
  /** The container in its pods that is the app. */
  readonly container: string;
  /** The container's port for health and metrics. */
  readonly port: number;
  /** The label of its pods that holds the release's id. */
  readonly releaseLabel: string;
  /** The manager under which the app's Deployment is applied. */
  readonly fieldManager: string;
  /** How long a rollout may take until every pod is ready, ms. */
  readonly rolloutTimeoutMs: number;
}

/** A Deployment and all pods of its selector, of whatever release. */
export interface RolloutView {
  readonly deployment: Deployment | undefined;
  readonly pods: readonly Pod[];
}

/** Reads both; the pods after the Deployment, so that they are not older than it. */
export async function viewRollout(app: ClusterApp, signal?: AbortSignal): Promise<RolloutView> {
  const deployment = await readDeployment(app.cluster, app.deployment, signal);
  const labels = deployment?.spec.selector.matchLabels;
  // Without labels the list would hold every pod of the namespace.
  if (!deployment || !labels) return { deployment, pods: [] };
  return { deployment, pods: await listPods(app.cluster, labels, signal) };
}

/** The id of the release that a pod or a Deployment's template belongs to. */
export function releaseOf(
  object: { readonly metadata?: Pick<Pod["metadata"], "labels"> },
  app: Pick<ClusterApp, "releaseLabel">,
): string | undefined {
  return object.metadata?.labels?.[app.releaseLabel];
}

/** The image of the app's container in a pod or a template. */
export function imageOf(
  { spec }: { readonly spec: Pod["spec"] },
  { container }: Pick<ClusterApp, "container">,
): string | undefined {
  return spec.containers.find((one) => one.name === container)?.image;
}

/** One line for each pod of another release that is not over: those that are being ended count too. */
export async function describeOlderPods(
  app: ClusterApp,
  releaseId: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { pods } = await viewRollout(app, signal);
  return pods
    .filter((pod) => !isOver(pod) && releaseOf(pod, app) !== releaseId)
    .map((pod) => {
      const release = releaseOf(pod, app) ?? "no known release";
      const ending = isTerminating(pod) ? ", being ended" : "";
      return `pod ${pod.metadata.name} of ${release}${ending}`;
    });
}
