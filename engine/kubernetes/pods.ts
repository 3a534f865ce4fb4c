// Pods as far as routes, gates and drains look at them.
import type { Cluster } from "./client.ts";
import { selectorOf, trueCondition, type Condition } from "./objects.ts";

/** What a container does; exactly one member is there (core/v1 ContainerState). */
export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason?: string;
    readonly message?: string;
  };
}

/** core/v1 ContainerStatus. */
export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

/** core/v1 Pod. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** Set once the pod is being ended. */
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly image?: string;
      readonly ports?: readonly { readonly containerPort: number }[];
    }[];
  };
  readonly status?: {
    readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly reason?: string;
    readonly message?: string;
  };
}

/** The collection of pods in the cluster's namespace. */
export function podsPath({ namespace }: Pick<Cluster, "namespace">): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

/** The pods with all of `labels`, oldest name first. */
export async function listPods(
  cluster: Cluster,
  labels: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<readonly Pod[]> {
  const list = await cluster.request<{ readonly items: readonly Pod[] }>("GET", podsPath(cluster), {
    query: { labelSelector: selectorOf(labels) },
    doing: `list the pods of namespace ${cluster.namespace}`,
    signal,
  });
  return list.items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Whether the pod is being ended. */
export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Whether the pod is over, well or not: what is left of it is its record. */
export function isOver(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Whether the pod takes requests. */
export function isReady(pod: Pod): boolean {
  return trueCondition(pod.status?.conditions, "Ready") !== undefined && !isTerminating(pod);
}
