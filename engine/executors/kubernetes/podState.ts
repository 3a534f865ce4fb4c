// What a step's pod says of itself: why it does not start, and how its container ended.
import { trueCondition, type ClusterEvent } from "../../kubernetes/objects.ts";
import { type ContainerState, isTerminating, type Pod } from "../../kubernetes/pods.ts";
import { CONTAINER } from "./jobPlace.ts";

/** Why a pod does not run yet. */
export interface Waiting {
  /** One line for people, with the cluster's own message. */
  readonly text: string;
  /**
   * `no`: it will never start as it is. `stuck`: it hardly will, but somebody may mend what is missing.
   * `yes`: it may take its time.
   */
  readonly hope: "no" | "stuck" | "yes";
  /** What a user can do, where that is known. */
  readonly next?: string;
}

/** Reasons of a container that is not started (kubelet's own), and whether waiting helps. */
const FAULTS: Readonly<Record<string, Omit<Waiting, "text">>> = {
  ErrImagePull: { hope: "stuck", next: "see that the image is there and imagePullSecrets fit" },
  ImagePullBackOff: { hope: "stuck", next: "see that the image is there and imagePullSecrets fit" },
  RegistryUnavailable: { hope: "stuck", next: "see to the registry" },
  ErrImageNeverPull: { hope: "stuck", next: "put the image onto the node, or let it be pulled" },
  InvalidImageName: { hope: "no", next: "correct `lockstep:kubernetes.runnerImage`" },
  CreateContainerConfigError: { hope: "stuck", next: "see to the Secret or ConfigMap it names" },
  CreateContainerError: { hope: "stuck" },
  RunContainerError: { hope: "stuck" },
};

/** Events of a Job or pod that tell why nothing starts; their text is nowhere else. */
const TELLING = new Set([
  "FailedCreate",
  "FailedMount",
  "FailedAttachVolume",
  "FailedCreatePodSandBox",
]);

/** The state of the step's own container. */
export function stepState(pod: Pod | undefined): ContainerState | undefined {
  return pod?.status?.containerStatuses?.find(({ name }) => name === CONTAINER)?.state;
}

/** Why the pod does not run yet; undefined where it does, or there is nothing to tell. */
export function whyWaiting(
  pod: Pod | undefined,
  events: readonly ClusterEvent[],
): Waiting | undefined {
  const state = stepState(pod);
  if (state?.running || state?.terminated) return undefined;
  const statuses = [
    ...(pod?.status?.initContainerStatuses ?? []),
    ...(pod?.status?.containerStatuses ?? []),
  ];
  for (const { name, state: one } of statuses) {
    const reason = one?.waiting?.reason ?? "";
    const fault = FAULTS[reason];
    if (fault) return { text: told(`container ${name}`, reason, one?.waiting?.message), ...fault };
  }
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") {
    const text = told("no node takes the pod", scheduled.reason, scheduled.message);
    return { text, hope: "yes", next: "see to the nodes, or lower `jobs.resources`" };
  }
  // Only the latest counts: after a volume was mounted at last the image is pulled, which may take its time.
  const last = events.toSorted((a, b) => eventTime(a) - eventTime(b)).at(-1);
  if (!last || !TELLING.has(last.reason ?? "")) return undefined;
  return { text: told("the pod cannot start", last.reason, last.message), hope: "stuck" };
}

function eventTime({ lastTimestamp, eventTime: only }: ClusterEvent): number {
  return Date.parse(lastTimestamp ?? only ?? "") || 0;
}

/** How the container ended although its step did not say so; undefined where it just ended with an exit code. */
export function whyEnded(pod: Pod | undefined): string | undefined {
  const end = stepState(pod)?.terminated;
  const { reason, message, conditions } = pod?.status ?? {};
  if (reason === "Evicted") return told("the node evicted the pod", undefined, message);
  const disruption = trueCondition(conditions, "DisruptionTarget");
  if (disruption) return told("the pod was ended", disruption.reason, disruption.message);
  if (end?.reason === "OOMKilled") {
    return "it used more memory than its limit and was killed (OOMKilled)";
  }
  // A node also loses sight of the container of a pod that was deleted at once.
  const isDeleted = pod !== undefined && isTerminating(pod);
  if (reason === "NodeLost" || (end?.reason === "ContainerStatusUnknown" && !isDeleted)) {
    return told("the node was lost", end?.reason ?? reason, message);
  }
  if (end?.reason === "StartError" || end?.reason === "ContainerCannotRun") {
    return told("the container could not be started", end.reason, end.message);
  }
  return undefined;
}

function told(what: string, reason: string | undefined, message: string | undefined): string {
  const why = [reason, message?.trim().split("\n")[0]].filter(Boolean).join(": ");
  return why === "" ? what : `${what}: ${why}`;
}
