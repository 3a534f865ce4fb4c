// When a StatefulSet is ready: all replicas are, and none is of another revision.
import { countAt, at, namespaceOf, textAt } from "../kubeObject.ts";
import { podProblems } from "./pod.ts";
import { isOwnedBy, type Check } from "./readiness.ts";

/** The counts of status against spec.replicas; with the strategy OnDelete the revision does not count. */
export function statefulSetCheck(): Check {
  return async ({ cluster, live }) => {
    const replicas = at(live, "spec", "replicas");
    const wanted = typeof replicas === "number" ? replicas : 1;
    const count = (name: string) => countAt(live, "status", name);
    const current = textAt(live, "status", "currentRevision");
    const target = textAt(live, "status", "updateRevision");
    const isLater = countAt(live, "metadata", "generation") > 1;
    const onDelete = isLater && textAt(live, "spec", "updateStrategy", "type") === "OnDelete";
    const seen = count("observedGeneration") === countAt(live, "metadata", "generation");
    const revised = onDelete || (current !== undefined && current === target);
    const complete =
      wanted === count("replicas") &&
      wanted === count("readyReplicas") &&
      (onDelete || wanted === count("currentReplicas"));
    if (seen && revised && complete) {
      return { ready: true, status: "StatefulSet initialization complete", problems: [] };
    }
    const pods = await cluster.list("v1", "Pod", namespaceOf(live) ?? "default");
    const shown = `${count("readyReplicas")} out of ${wanted} replicas`;
    const problems = [
      ...(complete ? [] : [`${shown} succeeded readiness checks`]),
      ...(revised
        ? []
        : [
            `StatefulSet controller failed to advance from revision "${current ?? ""}" to revision "${target ?? ""}"`,
          ]),
      ...podProblems(pods.filter((pod) => isOwnedBy(pod, live))),
    ];
    return { ready: false, status: `Waiting for StatefulSet: ${shown} ready`, problems };
  };
}
