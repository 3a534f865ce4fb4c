// How far a rollout is: pure, from a Deployment and its pods.
import { trueCondition } from "./objects.ts";
import { findFault, type PodFault } from "./podFaults.ts";
import { isOver, isReady, isTerminating, type Pod } from "./pods.ts";
import { imageOf, releaseOf, type ClusterApp, type RolloutView } from "./releasePods.ts";

/** The release that is rolled out. */
export interface WantedRelease {
  /** What its pods' label says. */
  readonly releaseId: string;
  /** The image of the app's container, as the Deployment names it; any when missing. */
  readonly image?: string;
}

/** How far a rollout is. */
export type RolloutStatus =
  /** Every pod that is wanted is of the release and ready, and no other one stays. */
  | { readonly kind: "done" }
  | { readonly kind: "waiting"; readonly text: string; readonly faults: readonly PodFault[] }
  /** Waiting longer does not help. */
  | { readonly kind: "failed"; readonly text: string; readonly faults: readonly PodFault[] }
  /** The Deployment is not there, or is not (any more) what was rolled out. */
  | { readonly kind: "other"; readonly text: string; readonly releaseId?: string };

/** The pods of a release that are there to stay. */
export function livePods(
  view: RolloutView,
  app: Pick<ClusterApp, "releaseLabel">,
  releaseId: string,
): readonly Pod[] {
  return view.pods.filter(
    (pod) => releaseOf(pod, app) === releaseId && !isTerminating(pod) && !isOver(pod),
  );
}

/** Judges what is there against what is wanted. */
export function judgeRollout(
  view: RolloutView,
  app: ClusterApp,
  wanted: WantedRelease,
): RolloutStatus {
  const other = findOther(view, app, wanted);
  if (other) return other;
  const { deployment, pods } = view;
  const { spec, status, metadata } = deployment ?? {};
  const replicas = spec?.replicas ?? 1;
  const mine = livePods(view, app, wanted.releaseId);
  const ready = mine.filter(isReady);
  const old = pods.filter((pod) => !isTerminating(pod) && !isOver(pod) && !mine.includes(pod));
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1);
  const isUpdated = (status?.updatedReplicas ?? 0) >= replicas;
  if (isSeen && isUpdated && ready.length >= replicas && old.length === 0) return { kind: "done" };
  const faults = mine.flatMap((pod) => findFault(pod) ?? []);
  const blocked = trueCondition(status?.conditions, "ReplicaFailure");
  const told = [
    `${String(ready.length)} of ${String(replicas)} pods ready`,
    ...(old.length > 0 ? [`${String(old.length)} of other releases left`] : []),
    ...(spec?.paused ? ["the Deployment is paused"] : []),
    ...(blocked ? [`pods can't be made: ${blocked.message ?? blocked.reason ?? ""}`] : []),
    ...describeFaults(faults).slice(0, 1),
  ];
  // ProgressDeadlineExceeded is left aside: it may be the former rollout's, and time is kept here too.
  const isCertain = isSeen && faults.some((fault) => fault.isCertain);
  return { kind: isCertain ? "failed" : "waiting", text: told.join("; "), faults };
}

/** One line for each pod, the ones that stay bad first. */
export function describeFaults(faults: readonly PodFault[]): readonly string[] {
  const certain = faults.filter((fault) => fault.isCertain);
  const rest = faults.filter((fault) => !fault.isCertain);
  return [...certain, ...rest].map((fault) => `pod ${fault.pod}: ${fault.text}`);
}

function findOther(
  { deployment }: RolloutView,
  app: ClusterApp,
  wanted: WantedRelease,
): RolloutStatus | undefined {
  if (!deployment) return { kind: "other", text: `there is no Deployment ${app.deployment}` };
  const { template } = deployment.spec;
  const releaseId = releaseOf(template, app);
  if (releaseId !== wanted.releaseId) {
    const text = `the Deployment holds ${releaseId ? `release ${releaseId}` : "no release of lockstep's"}, expected ${wanted.releaseId}`;
    return { kind: "other", text, ...(releaseId !== undefined && { releaseId }) };
  }
  const image = imageOf(template, app);
  if (wanted.image === undefined || image === wanted.image) return undefined;
  const text = `container ${app.container} of the Deployment has image ${image ?? "none"}, expected ${wanted.image}`;
  return { kind: "other", text };
}
