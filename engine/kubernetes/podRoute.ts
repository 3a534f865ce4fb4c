// The way to a database that runs as a pod: the API server's port forwarding.
import type { Duplex } from "node:stream";
import type { ClientOptions } from "ws";
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import type { Dial } from "../drivers/postgres/dial.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import { openCluster, type Cluster } from "./client.ts";
import { accessError, apiError, ApiFailure, apiStatus } from "./clusterError.ts";
import type { ClusterInput } from "./kubeConfig.ts";
import { selectorOf } from "./objects.ts";
import { isReady, isTerminating, listPods, podsPath, type Pod } from "./pods.ts";
import { openTunnel, TunnelRefused } from "./tunnel.ts";

/** A port of the first ready pod with these labels. */
export interface PodRoute {
  readonly cluster: ClusterInput;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly port: number;
}

/** Dials the port; each time the pod is looked for anew, since it may have been replaced. */
export function dialPod(route: PodRoute): Dial {
  return async () => {
    const cluster = await openCluster(route.cluster);
    try {
      const pod = await findReadyPod(cluster, route.podLabels);
      return await openPodTunnel(cluster, { pod, port: route.port });
    } catch (error) {
      throw mayPass(error) ? databaseAway(error) : error;
    }
  };
}

/** Whether an API server is only away or overloaded for now: then so is the database behind it. */
function mayPass(error: unknown): error is LockstepError {
  if (!isLockstepError(error) || error.code !== "CLUSTER") return false;
  const answer = apiStatus(error)?.code;
  if (answer !== undefined) return answer === 429 || answer >= 500;
  const { cause } = error;
  return isConnectionLost(cause) || (cause instanceof Error && cause.name === "TimeoutError");
}

function databaseAway(error: LockstepError): LockstepError {
  const { where, seen, likely, next } = error;
  const told = { where, seen, likely, next };
  const details = Object.fromEntries(Object.entries(told).filter(([, value]) => value));
  return new LockstepError("CONNECTION", error.message, { ...details, cause: error });
}

/**
 * Opens a stream to a port of a pod.
 * @throws LockstepError CONNECTION where the pod is gone, CLUSTER where the API server refuses; a
 * socket's error where the pod does.
 */
export async function openPodTunnel(
  cluster: Cluster,
  { pod, port }: { readonly pod: string; readonly port: number },
): Promise<Duplex> {
  const server = cluster.server.replace(/^http/, "ws");
  const url = `${server}${podsPath(cluster)}/${pod}/portforward?ports=${String(port)}`;
  const options: ClientOptions = {};
  const attempt = { cluster: cluster.display, doing: `forward to port ${port} of pod ${pod}` };
  try {
    await cluster.config.applyToHTTPSOptions(options);
    return await openTunnel(url, options);
  } catch (error) {
    if (!(error instanceof TunnelRefused)) throw accessError(error, attempt);
    const { status: code, message } = error;
    if (code === 404) throw notReady(cluster, `pod ${pod} is gone`);
    throw apiError(new ApiFailure({ code, message }), attempt);
  }
}

async function findReadyPod(
  cluster: Cluster,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const pods = await listPods(cluster, labels);
  const ready = pods.find(isReady);
  if (ready) return ready.metadata.name;
  const seen = pods.map(describe).join("\n") || `no pod with ${selectorOf(labels)}`;
  throw notReady(cluster, seen);
}

function describe(pod: Pod): string {
  const { name } = pod.metadata;
  if (isTerminating(pod)) return `pod ${name} is being ended`;
  const waiting = pod.status?.containerStatuses?.find((one) => one.state?.waiting)?.state?.waiting;
  return `pod ${name}: ${waiting?.reason ?? pod.status?.phase ?? "Unknown"}, not ready`;
}

/** CONNECTION: the database is away, which may pass. */
function notReady(cluster: Cluster, seen: string): LockstepError {
  return new LockstepError("CONNECTION", "The database's pod is not ready", {
    where: `namespace ${cluster.namespace} of ${cluster.display}`,
    seen,
    likely: "it starts, was moved to another node, or has no room on one",
    next: `kubectl -n ${cluster.namespace} describe pods, then \`pulumi up\` again`,
  });
}
