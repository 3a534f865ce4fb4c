// What the cluster would say to a step's Job, asked in preview: the API server decides and keeps nothing.
import type { Report } from "../../events.ts";
import { openCluster, type Cluster } from "../../kubernetes/client.ts";
import { apiStatus, isStatus } from "../../kubernetes/clusterError.ts";
import { podsPath } from "../../kubernetes/pods.ts";
import type { StepSpec } from "../runStep.ts";
import { planJob } from "./jobManifest.ts";
import type { JobPlace } from "./jobPlace.ts";
import { jobsPath } from "./jobs.ts";

/**
 * Asks for the step's Job and for its pod, without making either: quotas, limits, pod security and
 * webhooks speak of the pod only. A cluster or a namespace that is not there yet is said, and no fault.
 * @throws LockstepError CLUSTER with the reason of a refusal.
 */
export async function dryRunJob(spec: StepSpec, place: JobPlace, report: Report): Promise<void> {
  const cluster = await openCluster(place.cluster);
  // No Job has this number: one that is there already would be an answer of its own.
  const job = planJob(spec, place, 0);
  try {
    await ask(cluster, jobsPath(cluster), job);
    await askForPod(cluster, job);
  } catch (error) {
    const code = apiStatus(error)?.code;
    if (code !== undefined && code !== 404 && code < 500) throw error;
    const why =
      code === 404 ? `namespace ${cluster.namespace} is not there yet` : "the cluster did not say";
    report("info", `its Job was not tried: ${why}`);
  }
}

async function askForPod(cluster: Cluster, job: Readonly<Record<string, unknown>>): Promise<void> {
  const { name } = job.metadata as { readonly name: string };
  const { template } = job.spec as {
    readonly template: { readonly metadata: object; readonly spec: object };
  };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...template.metadata, name: `${name}-pod`, namespace: cluster.namespace },
    spec: template.spec,
  };
  try {
    await ask(cluster, podsPath(cluster), pod);
  } catch (error) {
    // Jobs are all that the account has to be allowed to create.
    const isOwnRight = /cannot create resource "pods"/.test(apiStatus(error)?.message ?? "");
    if (!(isStatus(error, 403) && isOwnRight)) throw error;
  }
}

async function ask(cluster: Cluster, path: string, body: unknown): Promise<void> {
  const { name } = (body as { readonly metadata: { readonly name: string } }).metadata;
  await cluster.request("POST", path, {
    body,
    query: { dryRun: "All", fieldManager: "lockstep" },
    doing: `create the Job ${name.replace(/-pod$/, "")} (dry run)`,
  });
}
