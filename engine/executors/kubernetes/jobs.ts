// A step's Jobs in the cluster: found, started or taken over, ended, and cleared away with their releases.
import type { Cluster } from "../../kubernetes/client.ts";
import { isStatus } from "../../kubernetes/clusterError.ts";
import { isJobOver, selectorOf, type ApiList, type Job } from "../../kubernetes/objects.ts";
import { listPods } from "../../kubernetes/pods.ts";
import type { StepSpec } from "../runStep.ts";
import { planJob, workDigest } from "./jobManifest.ts";
import { ANNOTATIONS, stackLabels, stepLabels } from "./jobNames.ts";
import { CONTAINER, type JobPlace } from "./jobPlace.ts";

/** The label that the Job controller gives to pods. */
const JOB_OF_POD = "batch.kubernetes.io/job-name";

/** Two that start the same step at once take this many turns at most. */
const MOST_TURNS = 5;

/** A Job that does the step's work now. */
export interface StartedJob {
  readonly name: string;
  /** It ran already: an `up` before was killed, or another one runs. */
  readonly adopted: boolean;
}

/** The labels of a Job's pods. */
export function podLabelsOf(job: string): Readonly<Record<string, string>> {
  return { [JOB_OF_POD]: job };
}

/**
 * Starts the step's next Job, or finds the one that does exactly this already. A finished one never
 * stands for the new attempt: only the ledger knows what it left.
 * @throws LockstepError CLUSTER
 */
export async function startJob(
  cluster: Cluster,
  spec: StepSpec,
  place: JobPlace,
): Promise<StartedJob> {
  const work = workDigest(spec, place);
  for (let turn = 1; ; turn += 1) {
    const jobs = await listJobs(cluster, stepLabels(spec));
    for (const job of jobs) {
      const isSame = job.metadata.annotations?.[ANNOTATIONS.work] === work;
      if (isSame && (await isAtWork(cluster, job))) {
        return { name: job.metadata.name, adopted: true };
      }
    }
    const attempt = 1 + Math.max(0, ...jobs.map(attemptOf));
    const manifest = planJob(spec, place, attempt);
    try {
      const job = await createJob(cluster, manifest);
      return { name: job.metadata.name, adopted: false };
    } catch (error) {
      // Another `up` was quicker, or the one of that name is just being deleted: look again.
      if (!isStatus(error, 409) || turn >= MOST_TURNS) throw error;
    }
  }
}

function createJob(cluster: Cluster, manifest: Readonly<Record<string, unknown>>): Promise<Job> {
  const { name } = manifest.metadata as { name: string };
  return cluster.request<Job>("POST", jobsPath(cluster), {
    body: manifest,
    query: { fieldManager: "lockstep" },
    doing: `create the Job ${name}`,
  });
}

/** Whether the Job's step still runs or is about to: a sidecar that does not end keeps a Job open after that. */
async function isAtWork(cluster: Cluster, job: Job): Promise<boolean> {
  if (isJobOver(job) || job.metadata.deletionTimestamp !== undefined) return false;
  const pods = await listPods(cluster, podLabelsOf(job.metadata.name));
  return !pods.some((pod) =>
    pod.status?.containerStatuses?.some(
      ({ name, state }) => name === CONTAINER && state?.terminated !== undefined,
    ),
  );
}

/** Deletes the Job; its pods are told to end and have their grace period. One that is gone already is fine. */
export async function removeJob(cluster: Cluster, name: string): Promise<void> {
  try {
    await cluster.request("DELETE", `${jobsPath(cluster)}/${name}`, {
      query: { propagationPolicy: "Background" },
      doing: `delete the Job ${name}`,
    });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}

/**
 * Deletes the finished Jobs of all but the stack's `keepReleases` newest releases. What still runs stays.
 * @returns the names of those deleted
 */
export async function pruneJobs(
  cluster: Cluster,
  spec: StepSpec,
  keepReleases: number,
): Promise<readonly string[]> {
  const jobs = await listJobs(cluster, stackLabels(spec));
  const newest = jobs.toSorted((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1));
  // The present release counts as the newest one, also where it is an old one that runs again.
  const releases = [...new Set([spec.release.digest, ...newest.map(releaseOf)])];
  const kept = new Set(releases.slice(0, Math.max(1, keepReleases)));
  const old = jobs.filter((job) => isJobOver(job) && !kept.has(releaseOf(job)));
  const names = old.map((job) => job.metadata.name);
  for (const name of names) await removeJob(cluster, name);
  return names;
}

async function listJobs(
  cluster: Cluster,
  labels: Readonly<Record<string, string>>,
): Promise<readonly Job[]> {
  const list = await cluster.request<ApiList<Job>>("GET", jobsPath(cluster), {
    query: { labelSelector: selectorOf(labels) },
    doing: `list the Jobs of namespace ${cluster.namespace}`,
  });
  return list.items;
}

/** The collection of Jobs in the cluster's namespace. */
export function jobsPath({ namespace }: Cluster): string {
  return `/apis/batch/v1/namespaces/${namespace}/jobs`;
}

function attemptOf(job: Job): number {
  return Number(job.metadata.annotations?.[ANNOTATIONS.attempt] ?? 0);
}

function releaseOf(job: Job): string {
  return job.metadata.annotations?.[ANNOTATIONS.digest] ?? "";
}

function createdAt(job: Job): string {
  return job.metadata.creationTimestamp;
}
