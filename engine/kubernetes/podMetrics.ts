// What pods take of their node's CPU and memory, as the cluster's metrics server measures it.
import { isLockstepError } from "../errors/lockstepError.ts";
import type { AskOptions } from "../health/observe.ts";
import type { UsageSample } from "../health/vitals.ts";
import type { Cluster } from "./client.ts";
import { apiStatus } from "./clusterError.ts";
import { selectorOf } from "./objects.ts";
import { parseQuantity } from "./quantity.ts";

/** metrics.k8s.io/v1beta1 PodMetrics. */
export interface PodMetrics {
  readonly metadata: { readonly name: string };
  readonly containers: readonly {
    /** Quantities: `15380281n` processors, `41236Ki` bytes. */
    readonly usage: { readonly cpu?: string; readonly memory?: string };
  }[];
}

/**
 * What the pods with all of `labels` take; a string says why that is not to be seen: a cluster without a
 * metrics server is no fault. Throws only the signal's reason.
 */
export async function readPodMetrics(
  cluster: Pick<Cluster, "namespace" | "request">,
  labels: Readonly<Record<string, string>>,
  { timeoutMs, signal }: AskOptions,
): Promise<readonly PodMetrics[] | string> {
  const limit = AbortSignal.timeout(timeoutMs);
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${cluster.namespace}/pods`;
  try {
    const list = await cluster.request<{ readonly items?: readonly PodMetrics[] }>("GET", path, {
      query: { labelSelector: selectorOf(labels) },
      doing: "read what the pods take",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    return list.items ?? "the cluster's metrics API answers with no list";
  } catch (error) {
    signal?.throwIfAborted();
    return describeLack(error);
  }
}

/**
 * What each of the pods named `pods` takes: CPU and memory of all its containers, as `kubectl top pods` has
 * it; a string where none has been measured.
 */
export function podUsage(
  items: readonly PodMetrics[],
  pods: ReadonlySet<string>,
): readonly UsageSample[] | string {
  const samples = items
    .filter(({ metadata, containers }) => pods.has(metadata.name) && containers.length > 0)
    .map(({ metadata, containers }): UsageSample => {
      const cpuCores = total(containers.map(({ usage }) => usage.cpu));
      return {
        instance: `pod ${metadata.name}`,
        cpuSeconds: null,
        ...(cpuCores !== null && { cpuCores }),
        memoryBytes: total(containers.map(({ usage }) => usage.memory)),
      };
    });
  return samples.length > 0 ? samples : "the metrics server has not measured its pods yet";
}

/** Without one part the sum would be too low, and pass where it should not: then it is not known. */
function total(parts: readonly (string | undefined)[]): number | null {
  return parts.reduce<number | null>((sum, part) => {
    const value = part === undefined ? null : parseQuantity(part);
    return sum === null || value === null ? null : sum + value;
  }, 0);
}

/** The API server answers 404 where nobody serves the group, and 503 where whoever does is away. */
function describeLack(error: unknown): string {
  const code = apiStatus(error)?.code;
  if (code === 404) return "the cluster has no metrics server";
  if (code === 403) return "the account may not list pods of metrics.k8s.io";
  if (code === 503) return "the cluster's metrics server does not answer";
  if (isLockstepError(error)) return error.message;
  return error instanceof Error ? error.message : String(error);
}
