// When a Service is ready: pods stand behind it, for some seconds without a change, and a load balancer has an address.
import { at, listAt, nameOf, namespaceOf, textAt, type Json } from "../kubeObject.ts";
import type { Check, CheckInput } from "./readiness.ts";

/** The endpoints must be quiet for this long, ms (official: 10 s after each update of them). */
const SETTLE_MS = 10_000;

const NO_PODS =
  "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods";

/** Headless services and external names wait for nothing, and a refresh (`once`) not for quiet. */
export function serviceCheck(once: boolean): Check {
  const settleMs = once ? 0 : SETTLE_MS;
  let last: { readonly version: string; readonly since: number } | undefined;
  return async (input) => {
    const { live } = input;
    const type = textAt(live, "spec", "type") ?? "ClusterIP";
    if (type === "ExternalName" || at(live, "spec", "clusterIP") === "None") {
      return { ready: true, status: "", problems: [] };
    }
    const endpoints = await endpointsOf(input);
    const version = textAt(endpoints, "metadata", "resourceVersion") ?? "";
    if (last?.version !== version) last = { version, since: performance.now() };
    const settled = performance.now() - last.since >= settleMs;
    const targets = listAt(endpoints, "subsets").length > 0;
    const addressed =
      type !== "LoadBalancer" || listAt(live, "status", "loadBalancer", "ingress").length > 0;
    const problems = [
      ...(targets ? [] : [NO_PODS]),
      ...(addressed
        ? []
        : ["Service was not allocated an IP address; does your cloud provider support this?"]),
    ];
    return {
      ready: targets && settled && addressed,
      status: targets
        ? "[2/3] Attempting to allocate IP address to Service"
        : "[1/3] Finding Pods to direct traffic to",
      problems,
    };
  };
}

async function endpointsOf({ cluster, live }: CheckInput): Promise<Json | undefined> {
  const metadata = { name: nameOf(live), namespace: namespaceOf(live) ?? "default" };
  return cluster.find({ apiVersion: "v1", kind: "Endpoints", metadata });
}
