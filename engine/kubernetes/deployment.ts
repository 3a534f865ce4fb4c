// A Deployment as far as rollouts, gates and rollbacks look at it.
import type { Cluster } from "./client.ts";
import { isStatus } from "./clusterError.ts";
import type { Condition } from "./objects.ts";
import type { Pod } from "./pods.ts";

/** What one manager of an object's fields has said (meta/v1 ManagedFieldsEntry). */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly fieldsV1: Fields;
}

/** A tree of fields: `f:spec`, `k:{"name":"app"}`, `v:"x"`, and `.` for the thing itself. */
export interface Fields {
  readonly [path: string]: Fields;
}

/** apps/v1 Deployment. */
export interface Deployment {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: Pod["spec"];
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** The Deployment, or undefined where there is none. */
export async function readDeployment(
  cluster: Cluster,
  name: string,
  signal?: AbortSignal,
): Promise<Deployment | undefined> {
  try {
    return await cluster.request<Deployment>("GET", deploymentPath(cluster, name), {
      doing: `read the Deployment ${name}`,
      signal,
    });
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Its path in the API. */
export function deploymentPath(cluster: Cluster, name: string): string {
  return `/apis/apps/v1/namespaces/${cluster.namespace}/deployments/${name}`;
}
