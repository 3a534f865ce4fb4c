// When a Job is ready: it has ended well.
import { conditionOf, countAt, namespaceOf, textAt } from "../kubeObject.ts";
import { podProblems } from "./pod.ts";
import { isOwnedBy, type Check } from "./readiness.ts";

/** Failed for good are a used up backoffLimit and a deadline that has passed, as in the official plugin. */
export function jobCheck(): Check {
  return async ({ cluster, live }) => {
    const failure = conditionOf(live, "Failed");
    const failed = failure?.status === "True";
    const ready = conditionOf(live, "Complete")?.status === "True";
    const count = (name: string) => String(countAt(live, "status", name));
    const status = `Waiting for Job to succeed (Active: ${count("active")} | Succeeded: ${count("succeeded")} | Failed: ${count("failed")})`;
    if (ready) return { ready, status, problems: [] };
    const pods = await cluster.list("v1", "Pod", namespaceOf(live) ?? "default");
    const problems = [
      ...(failed
        ? [`[${textAt(failure, "reason") ?? "Failed"}] ${textAt(failure, "message") ?? ""}`]
        : [status]),
      ...podProblems(pods.filter((pod) => isOwnedBy(pod, live))),
    ];
    return { ready, status, problems, failed };
  };
}
