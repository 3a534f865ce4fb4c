// When a pod is ready, and what keeps one from it.
import { conditionOf, listAt, nameOf, namespaceOf, textAt, type Json } from "../kubeObject.ts";
import type { Check } from "./readiness.ts";

/** A Pod is ready when its condition says so, or when it ended well. */
export function podCheck(): Check {
  return ({ live }) => {
    const phase = textAt(live, "status", "phase");
    const ready = phase === "Succeeded" || conditionOf(live, "Ready")?.status === "True";
    const problems = podProblems([live]);
    return Promise.resolve({ ready, status: `Pod is ${phase ?? "Unknown"}`, problems });
  };
}

/** What keeps these pods from being ready: not scheduled, image not pulled, crashed, probe not passed. */
export function podProblems(pods: readonly Json[]): string[] {
  return pods.flatMap((pod) => {
    const name = `[Pod ${namespaceOf(pod) ?? "default"}/${nameOf(pod)}]`;
    return [...unmetConditions(pod), ...containerProblems(pod)].map((text) => `${name}: ${text}`);
  });
}

function unmetConditions(pod: Json): string[] {
  return ["PodScheduled", "Ready"].flatMap((type) => {
    const condition = conditionOf(pod, type);
    const message = textAt(condition, "message");
    return condition?.status === "False" && message !== undefined ? [message] : [];
  });
}

function containerProblems(pod: Json): string[] {
  const statuses = [
    ...listAt(pod, "status", "initContainerStatuses"),
    ...listAt(pod, "status", "containerStatuses"),
  ];
  return statuses.flatMap((status) => {
    const reason = textAt(status, "state", "waiting", "reason");
    const ended = textAt(status, "lastState", "terminated", "reason");
    if (reason === undefined || reason === "ContainerCreating" || reason === "PodInitializing") {
      return [];
    }
    const message = textAt(status, "state", "waiting", "message") ?? "";
    const before = ended === undefined ? "" : ` (last ended: ${ended})`;
    return [`[${reason}] container "${String(status.name)}" ${message}${before}`.trim()];
  });
}
