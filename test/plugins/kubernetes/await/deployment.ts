// When a Deployment is ready: its controller has seen it, is available, and its newest ReplicaSet has all its pods.
import {
  annotationOf,
  conditionOf,
  countAt,
  at,
  listAt,
  nameOf,
  namespaceOf,
  textAt,
  type Json,
} from "../kubeObject.ts";
import { podProblems } from "./pod.ts";
import { isOwnedBy, type Check, type CheckInput } from "./readiness.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** Old pods that are still going are not looked at, as in the official plugin. */
export function deploymentCheck(): Check {
  return async (input) => {
    const { cluster, live } = input;
    const namespace = namespaceOf(live) ?? "default";
    const revision = annotationOf(live, REVISION);
    const sets = await cluster.list("apps/v1", "ReplicaSet", namespace);
    const newest = sets.find(
      (set) => isOwnedBy(set, live) && annotationOf(set, REVISION) === revision,
    );
    const seen =
      revision !== undefined &&
      countAt(live, "status", "observedGeneration") === countAt(live, "metadata", "generation");
    const available = conditionOf(live, "Available")?.status === "True";
    const complete = revision === "1" || hasNewReplicaSet(live);
    const filled = newest !== undefined && isFilled(newest);
    const unbound = await unboundClaims(input);
    const ready = seen && available && complete && filled && unbound.length === 0;
    if (ready) return { ready, status: "Deployment initialization complete", problems: [] };
    const pods = (await cluster.list("v1", "Pod", namespace)).filter(
      (pod) => newest !== undefined && isOwnedBy(pod, newest),
    );
    const problems = [
      ...conditionProblems(live),
      ...unbound.map((name) => `Failed to bind PersistentVolumeClaim(s): "${name}"`),
      ...(available ? [] : ["Minimum number of live Pods was not attained"]),
      ...(available && !complete
        ? ["Minimum number of Pods to consider the application live was not attained"]
        : []),
      ...(available && complete && !filled
        ? [
            "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live",
          ]
        : []),
      ...podProblems(pods),
    ];
    return { ready, status: waitingFor(newest), problems };
  };
}

function hasNewReplicaSet(deployment: Json): boolean {
  const progressing = conditionOf(deployment, "Progressing");
  return progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable";
}

function isFilled(set: Json): boolean {
  const wanted = at(set, "spec", "replicas");
  return countAt(set, "status", "readyReplicas") >= (typeof wanted === "number" ? wanted : 1);
}

function waitingFor(set: Json | undefined): string {
  const ready = countAt(set, "status", "readyReplicas");
  const wanted = countAt(set, "spec", "replicas");
  return `Waiting for app ReplicaSet to be available (${ready}/${wanted} Pods available)`;
}

function conditionProblems(deployment: Json): string[] {
  return ["Progressing", "Available"].flatMap((type) => {
    const condition = conditionOf(deployment, type);
    if (condition === undefined || condition.status === "True") return [];
    return [`[${textAt(condition, "reason") ?? type}] ${textAt(condition, "message") ?? ""}`];
  });
}

async function unboundClaims({ cluster, live }: CheckInput): Promise<string[]> {
  const wanted = listAt(live, "spec", "template", "spec", "volumes").flatMap(
    (volume) => textAt(volume, "persistentVolumeClaim", "claimName") ?? [],
  );
  if (wanted.length === 0) return [];
  const claims = await cluster.list("v1", "PersistentVolumeClaim", namespaceOf(live) ?? "default");
  return claims
    .filter((one) => wanted.includes(nameOf(one)) && textAt(one, "status", "phase") !== "Bound")
    .map(nameOf);
}
