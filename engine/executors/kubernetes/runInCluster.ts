// The kubernetes executor: a step as a Job that is followed live; what was cut short is taken up again.
import { LockstepError } from "../../errors/lockstepError.ts";
import { reporter, type Report, type StepEvent } from "../../events.ts";
import { openCluster, type Cluster } from "../../kubernetes/client.ts";
import { isJobOver } from "../../kubernetes/objects.ts";
import { isEngineGone } from "../engineGone.ts";
import { decodeLine, type StepResult } from "../protocol.ts";
import type { StepSpec } from "../runStep.ts";
import { followJob, type JobEnd } from "./followJob.ts";
import { stepName } from "./jobNames.ts";
import type { JobPlace } from "./jobPlace.ts";
import { pruneJobs, removeJob, startJob } from "./jobs.ts";
import { resultOf, type Heard } from "./outcome.ts";
import { stepState } from "./podState.ts";

/** How to run a step in a cluster. */
export interface ClusterOptions {
  readonly place: JobPlace;
  readonly sink: (event: StepEvent) => void;
  /** Aborted: the Job is deleted and rolls back; but where Pulumi itself died it is left to the next `up`. */
  readonly signal: AbortSignal;
  /** What keeps the pod from starting is waited for this long, ms. @default 120,000 */
  readonly startLimitMs?: number;
}

/** How many lines that are none of the step's own an error shows. */
const TAIL_LINES = 8;

/**
 * Runs `spec` as a Job, or follows the one that does so already.
 * @throws LockstepError what the step itself said; STEP_FAILED with the cluster's reason; INTERRUPTED; CLUSTER
 */
export async function runInCluster(spec: StepSpec, options: ClusterOptions): Promise<StepResult> {
  const { place, sink, signal } = options;
  signal.throwIfAborted();
  const cluster = await openCluster(place.cluster);
  const step = stepName(spec);
  const report = reporter(spec.step, sink);
  const { name, adopted } = await startJob(cluster, spec, place);
  report(adopted ? "info" : "progress", adopted ? `Job ${name} runs already` : `Job ${name} made`);
  const { end, heard } = await follow(cluster, name, { options, report });
  if (end.stuck) await removeJob(cluster, name);
  tellSidecars(end, report);
  if (signal.aborted) throw interrupted(step, name, signal);
  const where = `${cluster.display}, namespace ${cluster.namespace}`;
  try {
    return resultOf({ step, job: name, where, end, heard });
  } finally {
    await clearAway(cluster, spec, { keep: place.keepReleases, report });
  }
}

/** A Job stays open while any of its containers runs. */
function tellSidecars({ job, pod }: JobEnd, report: Report): void {
  const hasEnded = stepState(pod)?.terminated !== undefined;
  if (!hasEnded || job === undefined || isJobOver(job)) return;
  const others = pod?.status?.containerStatuses?.filter(({ state }) => state?.running) ?? [];
  if (others.length === 0) return;
  const names = others.map((one) => one.name).join(", ");
  report(
    "warn",
    `the step is over, but ${names} keeps its Job open: see "Sidecars" in docs/kubernetes.md`,
  );
}

interface Hearing {
  readonly end: JobEnd;
  readonly heard: Heard;
}

async function follow(
  cluster: Cluster,
  name: string,
  { options, report }: { readonly options: ClusterOptions; readonly report: Report },
): Promise<Hearing> {
  const { sink, signal, startLimitMs } = options;
  const heard: { last?: Heard["last"]; tail: string[] } = { tail: [] };
  const onLine = (text: string) => {
    const line = decodeLine(text);
    if (line?.type === "event") sink(line.event);
    else if (line) heard.last = line;
    else heard.tail = [...heard.tail, text].slice(-TAIL_LINES);
  };
  const following = new AbortController();
  let removing: Promise<void> | undefined;
  const onAbort = () => {
    if (isEngineGone(signal)) {
      following.abort();
      return;
    }
    report("info", `ending the Job ${name}: what is under way is rolled back`);
    removing = removeJob(cluster, name);
    // Reported below; until then it must not end the process.
    removing.catch(() => undefined);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const end = await followJob(cluster, name, {
      onLine,
      report,
      signal: following.signal,
      startLimitMs,
    });
    await removing;
    return { end, heard };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function interrupted(step: string, job: string, signal: AbortSignal): LockstepError {
  const next = "run `pulumi up` again: the ledger knows what was applied";
  return isEngineGone(signal)
    ? new LockstepError("INTERRUPTED", `Pulumi is gone; the Job ${job} goes on`, { next })
    : new LockstepError("INTERRUPTED", `The step ${step} was interrupted`, { next });
}

/** Old Jobs are only in the way of `kubectl get jobs`: that they stay is no reason to fail. */
async function clearAway(
  cluster: Cluster,
  spec: StepSpec,
  { keep, report }: { readonly keep: number; readonly report: Report },
): Promise<void> {
  try {
    await pruneJobs(cluster, spec, keep);
  } catch (error) {
    report("warn", `old Jobs were not deleted: ${error instanceof Error ? error.message : ""}`);
  }
}
